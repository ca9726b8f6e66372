import { defineVerb } from '../../frame/define.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { decisionsSoFar, exitCodeOfEnd, waitForRollout } from '../../rollouts/follow.ts';
import { actOn, actParameters, printRollout } from './act.ts';
import { waitHelp, waitParameters } from './wait.ts';

export const rolloutResume = defineVerb({
  summary: 'Go on; after a failed gate this forces the gates of that wave',
  more: waitHelp,
  parameters: { ...actParameters, ...waitParameters },
  run: async (invocation, { rollout, reason, wait, timeout }) => {
    const session = await invocation.connect();
    const rolloutId = await resolveRolloutId(session, rollout);
    const told = wait ? await decisionsSoFar(session, rolloutId) : undefined;
    const resumed = await actOn(session, rolloutId, { action: 'resume', reason });
    const end = told === undefined ? undefined : await waitForRollout(invocation, session, { rolloutId, timeoutMs: timeout, told });
    printRollout(invocation, end?.rollout ?? resumed);
    return end === undefined ? undefined : exitCodeOfEnd(end);
  },
});
