import type { Variable } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { variableView } from '../../output/views/variables.ts';
import { isLayerNamed, layerParameters, readLayerNames, resolveLayer } from '../../resolve/layers.ts';

export const variableList = defineVerb({
  summary: 'What is set, at all layers or at one; values of secrets are never shown',
  parameters: { ...layerParameters, ...listParameters },
  run: async (invocation, { app, stage, group, device, ...values }) => {
    const { connect, print, ports } = invocation;
    const session = await connect();
    const layer = { app, stage, group, device };
    const query = isLayerNamed(layer) ? await resolveLayer(session, layer) : {};
    const items = await readList<Variable>(invocation, session, { path: '/variables', query, values });
    const names = print.isForPeople ? await readLayerNames(session) : new Map<string, string>();
    printList(invocation, items, variableView(names, ports.timeZone));
    return undefined;
  },
});
