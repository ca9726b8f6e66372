import type { DisruptionBudgetDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { budgetUseColumns, budgetView } from '../../output/views/gates.ts';
import { resolveBudget } from '../../resolve/gates.ts';

export const budgetShow = defineVerb({
  summary: 'One disruption budget, and what is used of it now',
  parameters: { budget: argument('budget', 'Its name, or its id') },
  run: async ({ connect, print, ports }, { budget: reference }) => {
    const session = await connect();
    const { id } = await resolveBudget(session, reference);
    const budget = await session.get<DisruptionBudgetDetail>(`/disruption-budgets/${id}`);
    print.one(budget, budgetView(ports.timeZone));
    print.section('Used now', budget.use, budgetUseColumns(budget.perLabel));
    return undefined;
  },
});
