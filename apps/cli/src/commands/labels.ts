import { usageError } from '../errors.ts';

/** Reads `site=ulm` as often as it was given. @throws CliError USAGE */
export function readLabels(option: string, given: readonly string[]): Record<string, string> {
  const labels = given.map((each) => {
    const [name = '', ...value] = each.split('=');
    if (name === '' || value.length === 0) throw usageError(`${option} takes <label>=<value>, not "${each}".`);
    return [name, value.join('=')] as const;
  });
  return Object.fromEntries(labels);
}
