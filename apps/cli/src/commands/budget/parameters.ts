import type { DisruptionBudget } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { repeatedText, text } from '../../frame/parameters.ts';

/** What a budget says, for `create` and `set`. */
export const budgetParameters = {
  max: text('--max <count>', 'How many may be unavailable at once: 3, or 10% (rounded down, at least one)'),
  match: repeatedText('--match <label=value>', 'Only devices with this label; may be given several times (default: all)'),
  per: text('--per <label>', 'For each value of this label by itself, such as each site'),
  reason: text('--reason <text>', 'Why, for the ledger'),
};

/** Reads `3` or `10%`. @throws CliError USAGE */
export function readMaximum(given: string): DisruptionBudget['maximumUnavailable'] {
  const [, digits, percent] = /^(\d{1,8})(%?)$/.exec(given.trim()) ?? [];
  const count = Number(digits);
  if (digits === undefined || count < 1)
    throw usageError(`--max takes a number of devices or a share of them, such as 3 or 10%, not "${given}".`);
  return { count, unit: percent === '%' ? 'percent' : 'devices' };
}
