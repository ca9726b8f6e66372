import { defineVerb } from '../../frame/define.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { actOn, actParameters, printRollout, yesParameter } from './act.ts';

export const rolloutReject = defineVerb({
  summary: 'Say no to a rollout that waits for approval: it never starts',
  parameters: { ...actParameters, yes: yesParameter },
  run: async (invocation, { rollout, reason, yes }) => {
    const session = await invocation.connect();
    const rolloutId = await resolveRolloutId(session, rollout);
    await invocation.confirm(`Reject the rollout ${rolloutId}?`, yes);
    printRollout(invocation, await actOn(session, rolloutId, { action: 'reject', reason }));
    return undefined;
  },
});
