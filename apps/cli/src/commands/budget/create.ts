import type { DisruptionBudget, DisruptionBudgetRequest } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { budgetView } from '../../output/views/gates.ts';
import { readLabels } from '../labels.ts';
import { budgetParameters, readMaximum } from './parameters.ts';

export const budgetCreate = defineVerb({
  summary: 'Limit how many devices may be unavailable at once, over all rollouts',
  more: `Examples:
  sluice budget create "One per site" --per site --max 1
  sluice budget create Packing --match line=packing --max 10%

A device is unavailable while it is changed, from the offer on, and while it is unhealthy afterwards.`,
  parameters: { name: argument('name', 'What people call it'), ...budgetParameters },
  run: async ({ connect, print, ports }, { name, max, match, per, reason }) => {
    if (max === undefined) throw usageError('Say how many may be unavailable: --max 3, or --max 10%.');
    const request: DisruptionBudgetRequest = {
      name,
      maximumUnavailable: readMaximum(max),
      matchLabels: readLabels('--match', match),
      perLabel: per ?? null,
      ...(reason === undefined ? {} : { reason }),
    };
    const session = await connect();
    print.one(await session.post<DisruptionBudget>('/disruption-budgets', request), budgetView(ports.timeZone));
    return undefined;
  },
});
