import type { DisruptionBudget, DisruptionBudgetRequest } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, text } from '../../frame/parameters.ts';
import { budgetView } from '../../output/views/gates.ts';
import { resolveBudget } from '../../resolve/gates.ts';
import { readLabels } from '../labels.ts';
import { budgetParameters, readMaximum } from './parameters.ts';

export const budgetSet = defineVerb({
  summary: 'Change a disruption budget; what is under way goes on',
  more: 'What is not named stays. --match replaces all labels.',
  parameters: {
    budget: argument('budget', 'Its name, or its id'),
    name: text('--name <name>', 'Another name'),
    ...budgetParameters,
    everywhere: flag('--all-devices', 'For all devices, whatever their labels'),
    together: flag('--together', 'For all of them together, not for each value of a label'),
  },
  run: async ({ connect, print, ports }, { budget: reference, name, max, match, per, reason, everywhere, together }) => {
    if (everywhere && match.length > 0) throw usageError('--all-devices and --match exclude each other.');
    if (together && per !== undefined) throw usageError('--together and --per exclude each other.');
    const labels = readLabels('--match', match);
    const maximum = max === undefined ? undefined : readMaximum(max);
    const session = await connect();
    const before = await resolveBudget(session, reference);
    const request: DisruptionBudgetRequest = {
      name: name ?? before.name,
      maximumUnavailable: maximum ?? before.maximumUnavailable,
      matchLabels: everywhere || match.length > 0 ? labels : before.matchLabels,
      perLabel: together ? null : (per ?? before.perLabel),
      ...(reason === undefined ? {} : { reason }),
    };
    const path = `/disruption-budgets/${before.id}`;
    print.one(await session.put<DisruptionBudget>(path, request, before.version), budgetView(ports.timeZone));
    return undefined;
  },
});
