import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import type { Invocation } from '../../frame/invocation.ts';
import type { Session } from '../../frame/session.ts';
import { rolloutView } from '../../output/views/rollouts.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { decisionsSoFar, exitCodeOfEnd, rollbacksOf, waitForRollout, waitTimeoutMsDefault } from '../../rollouts/follow.ts';
import { actOn, actParameters, printRollout, yesParameter } from './act.ts';
import { waitParameters } from './wait.ts';

/** Waits until the rollout has ended and every device that it changed is back. */
async function waitUntilBack(
  invocation: Invocation,
  session: Session,
  options: { rolloutId: string; timeoutMs: number; told: ReadonlySet<string> },
): Promise<ExitCode> {
  const { clock, timeZone } = invocation.ports;
  const deadline = clock.monotonic() + options.timeoutMs;
  const remainingMs = (): number => Math.max(0, deadline - clock.monotonic());
  const end = await waitForRollout(invocation, session, options);
  if (end.timedOut) return exitCodes.stillPending;
  const rollbacks = await rollbacksOf(session, end.rollout);
  if (rollbacks.length === 0) invocation.note('It had changed no device that could go back.');
  const ends = [];
  for (const { id } of rollbacks) ends.push(await waitForRollout(invocation, session, { rolloutId: id, timeoutMs: remainingMs() }));
  const ended = [end.rollout, ...ends.map(({ rollout }) => rollout)];
  invocation.print.list(ended, rolloutView(timeZone));
  return ends.map(exitCodeOfEnd).find((code) => code !== exitCodes.ok) ?? exitCodes.ok;
}

export const rolloutRollback = defineVerb({
  summary: 'End it, and send each device that it changed back to what it ran before',
  more: 'With --wait the exit code is 0 when all are back, 7 when some could not go back, 8 when some still are on their way after --timeout.',
  parameters: { ...actParameters, yes: yesParameter, ...waitParameters },
  run: async (invocation, { rollout, reason, yes, wait, timeout = waitTimeoutMsDefault }) => {
    const session = await invocation.connect();
    const rolloutId = await resolveRolloutId(session, rollout);
    await invocation.confirm(`Roll back the rollout ${rolloutId}?`, yes);
    const told = wait ? await decisionsSoFar(session, rolloutId) : undefined;
    const answer = await actOn(session, rolloutId, { action: 'roll_back', reason });
    if (told !== undefined) return waitUntilBack(invocation, session, { rolloutId, timeoutMs: timeout, told });
    printRollout(invocation, answer);
    return undefined;
  },
});
