import { defineVerb } from '../../frame/define.ts';
import { argument, flag } from '../../frame/parameters.ts';
import { resolveBudget } from '../../resolve/gates.ts';

export const budgetDelete = defineVerb({
  summary: 'Delete a disruption budget: nothing is held back by it any more',
  parameters: { budget: argument('budget', 'Its name, or its id'), yes: flag('-y, --yes', 'Do not ask') },
  run: async ({ connect, confirm, note }, { budget: reference, yes }) => {
    const session = await connect();
    const { id, name } = await resolveBudget(session, reference);
    await confirm(`Delete the disruption budget ${name}?`, yes);
    await session.remove(`/disruption-budgets/${id}`);
    note(`The disruption budget ${name} holds nothing back any more.`);
    return undefined;
  },
});
