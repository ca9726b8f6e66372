import type { RolloutDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { printRolloutDetail } from './detail.ts';

export const rolloutGet = defineVerb({
  summary: 'One rollout: its waves, who approved it, and why it does not move',
  parameters: { rollout: argument('rollout', 'Its id, or latest') },
  run: async (invocation, { rollout: reference }) => {
    const session = await invocation.connect();
    printRolloutDetail(invocation, await session.get<RolloutDetail>(`/rollouts/${await resolveRolloutId(session, reference)}`));
    return undefined;
  },
});
