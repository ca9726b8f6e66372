import type { Rollout, RolloutDetail } from '@sluice/contracts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../frame/invocation.ts';
import type { Session } from '../frame/session.ts';
import { exitCodeOfState, isHeldByGate, stateSentence } from './outcome.ts';
import { createTeller } from './tell.ts';
import { type WatchEnd, watchRollout } from './watch.ts';

/** How long `--wait` waits when nothing else is said. */
export const waitTimeoutMsDefault = 60 * 60_000;

/** The exit code for how the watching ended. A gate that holds the rollout has failed, even though a person may still go on. */
export function exitCodeOfEnd({ rollout, timedOut }: WatchEnd): ExitCode {
  if (timedOut) return exitCodes.stillPending;
  return isHeldByGate(rollout.blockers) ? exitCodes.gateFailed : exitCodeOfState(rollout.state);
}

/** Waits for the end of a rollout, or until a gate holds it, and tells on standard error what happens. */
export async function waitForRollout(
  invocation: Invocation,
  session: Session,
  options: { rolloutId: string; timeoutMs: number | undefined; told?: ReadonlySet<string> },
): Promise<WatchEnd> {
  const teller = createTeller(invocation, false);
  const { timeoutMs = waitTimeoutMsDefault } = options;
  try {
    const isEnough = (rollout: RolloutDetail): boolean => isHeldByGate(rollout.blockers);
    return await watchRollout(session, invocation.ports, { ...options, timeoutMs, isEnough, listener: teller });
  } finally {
    teller.done();
  }
}

/** The decisions until now: who acts on a rollout and waits wants to hear what follows, not its whole story again. */
export async function decisionsSoFar(session: Session, rolloutId: string): Promise<ReadonlySet<string>> {
  const { decisions } = await session.get<RolloutDetail>(`/rollouts/${rolloutId}`);
  return new Set(decisions.map(({ id }) => id));
}

const rollbacksSearchedMax = 200;

/** The rollouts that send back the devices which this one changed, oldest first. */
export async function rollbacksOf(session: Session, { id, applicationId }: Rollout): Promise<Rollout[]> {
  const { items } = await session.upTo<Rollout>('/rollouts', { applicationId }, rollbacksSearchedMax);
  return items.filter((rollout) => rollout.rollbackOf === id).toReversed();
}

/** Says which rollouts send back what this one changed: it has ended when they may just have begun. */
export async function noteRollbacks({ note }: Invocation, session: Session, rollout: Rollout): Promise<void> {
  if (exitCodeOfState(rollout.state) !== exitCodes.gateFailed) return;
  for (const each of await rollbacksOf(session, rollout))
    note(`Changed devices go back: ${stateSentence(each)} See: sluice rollout watch ${each.id}`);
}
