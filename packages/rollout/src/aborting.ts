/** A rollout on its way out: cancel what has not begun to change, let the rest come to an end, send back what was changed, close. */
import { blocker } from './blockers.ts';
import type { Decision, EngineStep } from './decision.ts';
import { decision, rolloutNumbers } from './decision-builder.ts';
import { cancellableDeploymentStates, isTerminalWaveState } from './deployment-states.ts';
import type { EngineInput } from './engine-input.ts';
import { devices } from './sentences.ts';
import { deadlineDecisions, nextDeadline } from './timers.ts';

/** One step of an aborting rollout. */
export function decideAborting(input: EngineInput): EngineStep {
  const because = { code: 'rollout_aborting', wave: null } as const;
  const decisions: Decision[] = [...rollBackDecisions(input), ...deadlineDecisions(input)];
  const cancellable = countCancellable(input);
  if (cancellable > 0) decisions.push(decision(input, { kind: 'cancel_cancellable', count: cancellable }, because));
  for (const wave of input.waves) {
    if (!isTerminalWaveState(wave.state)) {
      decisions.push(decision(input, { kind: 'abort_wave', wave: wave.index }, { code: 'rollout_aborting', wave }));
    }
  }
  if (decisions.length > 0) return { decisions, blockers: [], nextTimerAt: null };
  const { open } = rolloutNumbers(input.waves);
  if (open > 0) {
    const draining = blocker(
      'draining',
      `${devices(open)} had already begun to change and cannot be canceled.`,
      'The devices report how it ended, or their deadline passes.',
      { until: nextDeadline(input), numbers: { open } },
    );
    return { decisions, blockers: [draining], nextTimerAt: nextDeadline(input) };
  }
  const byPerson = input.rollout.abort?.cause !== 'breach';
  const finish = decision(
    input,
    { kind: 'finish_rollout', rollBack: input.rollout.abort?.rollBack ?? false, state: byPerson ? 'aborted' : 'failed' },
    { code: byPerson ? 'abort_completed' : 'wave_failed', wave: null, rollout: ['aborting'] },
  );
  return { decisions: [finish], blockers: [], nextTimerAt: null };
}

function countCancellable(input: EngineInput): number {
  let count = 0;
  for (const wave of input.waves) for (const state of cancellableDeploymentStates) count += wave.counts[state] ?? 0;
  return count;
}

/** Changed devices go back at once; those that were past the point of no return follow together when all have ended: two rollbacks at most. */
function rollBackDecisions(input: EngineInput): readonly Decision[] {
  const { abort, handedToRollback } = input.rollout;
  if (abort === null || !abort.rollBack) return [];
  const { succeeded, unhealthy, open } = rolloutNumbers(input.waves);
  const changed = succeeded + unhealthy;
  if (changed <= handedToRollback || (handedToRollback > 0 && open > 0)) return [];
  const count = changed - handedToRollback;
  return [decision(input, { kind: 'roll_back_changed_devices', count, handedToRollback }, { code: 'rollout_aborting', wave: null })];
}
