import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { decisionsSoFar, waitForRollout } from '../../rollouts/follow.ts';
import { actOn, actParameters, printRollout, yesParameter } from './act.ts';
import { waitParameters } from './wait.ts';

export const rolloutAbort = defineVerb({
  summary: 'End it: start nothing new, cancel what has not begun; changed devices stay as they are',
  more: 'With --wait the exit code is 0 when it has ended, 8 when devices still finish what they began after --timeout.',
  parameters: { ...actParameters, yes: yesParameter, ...waitParameters },
  run: async (invocation, { rollout, reason, yes, wait, timeout }) => {
    const session = await invocation.connect();
    const rolloutId = await resolveRolloutId(session, rollout);
    await invocation.confirm(`Abort the rollout ${rolloutId}?`, yes);
    const told = wait ? await decisionsSoFar(session, rolloutId) : undefined;
    const aborted = await actOn(session, rolloutId, { action: 'abort', reason });
    const end = told === undefined ? undefined : await waitForRollout(invocation, session, { rolloutId, timeoutMs: timeout, told });
    printRollout(invocation, end?.rollout ?? aborted);
    return end?.timedOut === true ? exitCodes.stillPending : undefined;
  },
});
