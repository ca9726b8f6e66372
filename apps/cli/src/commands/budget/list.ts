import type { DisruptionBudget } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { budgetView } from '../../output/views/gates.ts';

export const budgetList = defineVerb({
  summary: 'The disruption budgets, newest first',
  parameters: listParameters,
  run: async (invocation, values) => {
    const session = await invocation.connect();
    const items = await readList<DisruptionBudget>(invocation, session, { path: '/disruption-budgets', values });
    printList(invocation, items, budgetView(invocation.ports.timeZone));
    return undefined;
  },
});
