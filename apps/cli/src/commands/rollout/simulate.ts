import type { RolloutPreview } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { integer } from '../../frame/parameters.ts';
import { printPreview } from '../../rollouts/preview.ts';
import { promotionParameters, readPromotion } from '../../rollouts/promotion.ts';

export const rolloutSimulate = defineVerb({
  summary: 'What a rollout would do: waves, duration, devices at risk, false alarms',
  more: `Nothing is written. The rollout is simulated many times with the engine that carries it out, over the fleet as its history shows it.
The release is taken to be good: what it does to devices is what the rollout finds out.`,
  parameters: {
    ...promotionParameters,
    devices: integer('--devices <number>', 'Devices to name of each wave (default 20, at most 1000)', 0),
  },
  run: async (invocation, { devices, ...values }) => {
    const { session, request } = await readPromotion(invocation, values);
    const query = devices === undefined ? '' : `&devicesMax=${devices}`;
    printPreview(invocation, await session.post<RolloutPreview>(`/rollouts?validateOnly=true${query}`, request));
    return undefined;
  },
});
