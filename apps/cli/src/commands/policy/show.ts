import type { PolicySettingsView } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { resolvePolicyLayer } from '../../resolve/policies.ts';
import { layerParameters, printLayer } from './layer.ts';

export const policyShow = defineVerb({
  summary: 'What holds for the organization, an application or a stage, and what is set there',
  parameters: layerParameters,
  run: async (invocation, where) => {
    const session = await invocation.connect();
    const layer = await resolvePolicyLayer(session, where);
    printLayer(invocation, layer, await session.get<PolicySettingsView>(layer.path));
    return undefined;
  },
});
