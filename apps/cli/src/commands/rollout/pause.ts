import { defineVerb } from '../../frame/define.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { actOn, actParameters, printRollout } from './act.ts';

export const rolloutPause = defineVerb({
  summary: 'Start nothing new until resumed',
  parameters: actParameters,
  run: async (invocation, { rollout, reason }) => {
    const session = await invocation.connect();
    printRollout(invocation, await actOn(session, await resolveRolloutId(session, rollout), { action: 'pause', reason }));
    return undefined;
  },
});
