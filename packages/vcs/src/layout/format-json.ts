const LINE_MAX = 120;

/**
 * JSON in lines that make readable diffs: each element and property down to `openLevels` has a line of its own, and deeper only what does not
 * fit into one. Parsing gives the value back, with the order of its keys.
 */
export function formatJson(value: unknown, openLevels: number): string {
  return `${format(value, { indent: '', openLevels })}\n`;
}

function format(value: unknown, at: { indent: string; openLevels: number }): string {
  const flat = JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return flat;
  if (flat.length <= 2 || (at.openLevels <= 0 && at.indent.length + flat.length <= LINE_MAX)) return flat;
  const inner = { indent: `${at.indent}  `, openLevels: at.openLevels - 1 };
  const lines = Array.isArray(value)
    ? value.map((element) => `${inner.indent}${format(element, inner)}`)
    : Object.entries(value).map(([name, member]) => `${inner.indent}${JSON.stringify(name)}: ${format(member, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${at.indent}${close}`;
}
