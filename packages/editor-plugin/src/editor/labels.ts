const labelName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** Labels as a person types them, `ticket=4711, line=3`; undefined when one is not well formed. */
export function readLabels(typed: string): Record<string, string> | undefined {
  const parts = typed
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const pairs = parts.map((part): [string, string] => {
    const at = part.indexOf('=');
    return at === -1 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  return pairs.every(([name, value]) => labelName.test(name) && labelValue.test(value)) ? Object.fromEntries(pairs) : undefined;
}
