import { defineVerb } from '../../frame/define.ts';
import { requiredText } from '../../frame/parameters.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { decisionsSoFar, exitCodeOfEnd, waitForRollout } from '../../rollouts/follow.ts';
import { actOn, actParameters, printRollout, yesParameter } from './act.ts';
import { waitHelp, waitParameters } from './wait.ts';

export const rolloutAdvance = defineVerb({
  summary: 'Force the next wave: do not wait for the soak, the analysis or the approvals of the one at the gate',
  more: `A wave that soaks or is measured is over at once; one that lacks approvals starts without them, which needs an owner. A wave whose devices
are still at work is not passed, nor is a freeze. A paused rollout is forced by "sluice rollout resume".

${waitHelp}`,
  parameters: {
    ...actParameters,
    reason: requiredText('--reason <text>', 'Why, for the ledger'),
    yes: yesParameter,
    ...waitParameters,
  },
  run: async (invocation, { rollout, reason, yes, wait, timeout }) => {
    const session = await invocation.connect();
    const rolloutId = await resolveRolloutId(session, rollout);
    await invocation.confirm(`Force the next wave of the rollout ${rolloutId}?`, yes);
    const told = wait ? await decisionsSoFar(session, rolloutId) : undefined;
    const advanced = await actOn(session, rolloutId, { action: 'advance', reason });
    const end = told === undefined ? undefined : await waitForRollout(invocation, session, { rolloutId, timeoutMs: timeout, told });
    printRollout(invocation, end?.rollout ?? advanced);
    return end === undefined ? undefined : exitCodeOfEnd(end);
  },
});
