/** One requirement of a selector: `key`, `!key`, `key=value` or `key!=value`. */
type Requirement = { key: string; isNegated: boolean; value: string | undefined };

function requirementOf(text: string): Requirement {
  if (text.startsWith('!')) return { key: text.slice(1), isNegated: true, value: undefined };
  const equals = text.indexOf('=');
  if (equals === -1) return { key: text, isNegated: false, value: undefined };
  const isNegated = text[equals - 1] === '!';
  return { key: text.slice(0, isNegated ? equals - 1 : equals), isNegated, value: text.slice(equals + 1) };
}

/**
 * Whether labels fulfil every requirement of a selector (contracts: `LabelSelector`). As in Kubernetes, `key!=value` also holds without the key.
 */
export function matchesSelector(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return selector.split(',').every((text) => {
    const { key, isNegated, value } = requirementOf(text);
    const holds = value === undefined ? Object.hasOwn(labels, key) : Object.hasOwn(labels, key) && labels[key] === value;
    return holds !== isNegated;
  });
}

/** The same as a condition in SQL. `next` takes a parameter and gives its place: `$3`. */
export function selectorSql(column: string, selector: string, next: (value: unknown) => string): string {
  const conditions = selector.split(',').map((text) => {
    const { key, isNegated, value } = requirementOf(text);
    const holds = value === undefined ? `${column} ? ${next(key)}::text` : `${column} @> ${next(JSON.stringify({ [key]: value }))}::jsonb`;
    return isNegated ? `not (${holds})` : holds;
  });
  return conditions.join(' and ');
}
