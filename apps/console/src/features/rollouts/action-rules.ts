import type { Role, Rollout, RolloutAction, RolloutState } from '@sluice/contracts';
import { formatCountOf } from '../../format/count.ts';
import { countDeployments, deploymentAppearances, isEndedRollout } from './states.ts';

/** What the console offers. Forcing the next wave is for the command and the API. */
export const offeredActions = ['pause', 'resume', 'abort', 'roll_back', 'reject'] as const satisfies readonly RolloutAction[];
export type OfferedAction = (typeof offeredActions)[number];

/** Whether a person can do something to a rollout now; if not, why. */
export type Possibility = { possible: true } | { possible: false; why: string };

const possible: Possibility = { possible: true };
const impossible = (why: string): Possibility => ({ possible: false, why });

function possibilityOfPause(state: RolloutState): Possibility {
  if (state === 'paused') return impossible('It is already paused.');
  if (state === 'aborting') return impossible('It is being aborted and starts nothing new.');
  return state === 'running' ? possible : impossible('It has not started. Abort it if it shall not start.');
}

/**
 * What the control plane would answer to an action, told before it is asked; it decides again by itself.
 * The rules are those of the rollout engine's `decideRequest`.
 */
export function possibilityOf(action: OfferedAction, state: RolloutState, role: Role): Possibility {
  if (role === 'viewer') return impossible('Your role is viewer: changing a rollout needs the role operator.');
  if (isEndedRollout(state)) return impossible('It has ended. Start a new rollout to change devices again.');
  switch (action) {
    case 'pause':
      return possibilityOfPause(state);
    case 'resume':
      return state === 'paused' ? possible : impossible('It is not paused.');
    case 'abort':
      return state === 'aborting' ? impossible('It is already being aborted.') : possible;
    case 'roll_back':
      return possible;
    case 'reject':
      return state === 'pending_approval' ? possible : impossible('It does not wait for an approval. Abort it instead.');
  }
}

type RolloutFacts = Pick<Rollout, 'counts' | 'release'> & { blockers: readonly { code: string; waveIndex: number | null }[] };

const forcingBlockers = new Set(['paused_by_breach', 'paused_inconclusive', 'paused_by_regress']);

function effectOfResume({ counts, blockers }: RolloutFacts): string[] {
  const waiting = countDeployments(counts, (state) => deploymentAppearances[state].kind === 'waiting');
  const forced = blockers.find(({ code }) => forcingBlockers.has(code));
  const goesOn = `${formatCountOf(waiting, 'waiting device')} can be offered the release again; deadlines move by the length of the pause.`;
  if (forced === undefined) return [goesOn];
  const wave = forced.waveIndex === null ? 'the wave' : `wave ${forced.waveIndex + 1}`;
  return [`The gates of ${wave} are forced: the rollout goes on in spite of them. Your name stays in the ledger.`, goesOn];
}

/** What an action will do, in sentences with numbers, for the person who is about to confirm it. */
export function effectOf(action: OfferedAction, facts: RolloutFacts): string[] {
  const count = (matches: (state: keyof typeof deploymentAppearances) => boolean): number => countDeployments(facts.counts, matches);
  const waiting = count((state) => deploymentAppearances[state].kind === 'waiting');
  const open = count((state) => ['waiting', 'changing'].includes(deploymentAppearances[state].kind));
  const cancellable = count((state) => deploymentAppearances[state].cancellable);
  const succeeded = facts.counts.succeeded ?? 0;
  const stop = [
    `${formatCountOf(cancellable, 'device')} that ${cancellable === 1 ? 'has' : 'have'} not begun to change will be canceled.`,
    `${formatCountOf(open - cancellable, 'device')} in the middle of switching will finish, one way or the other.`,
  ];
  switch (action) {
    case 'pause':
      return [
        `${formatCountOf(waiting, 'device')} will not be offered ${facts.release.name} until somebody resumes.`,
        `${formatCountOf(open - waiting, 'device')} already at it will finish. Deadlines stand still meanwhile.`,
      ];
    case 'resume':
      return effectOfResume(facts);
    case 'abort':
      return [...stop, `${formatCountOf(succeeded, 'device')} already changed will stay on ${facts.release.name}.`];
    case 'reject':
      return ['The rollout ends; no device is touched. Your name stays in the ledger.'];
    case 'roll_back':
      return [
        ...stop,
        `${formatCountOf(succeeded, 'device')} already changed will go back to what ran there before, in a rollout of its own.`,
      ];
  }
}
