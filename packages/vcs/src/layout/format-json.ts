const LINE_MAX = 120;

/**
 * JSON in lines that make readable diffs: each element and property down to `openLevels` has a line of its own, and deeper only what does not
 * fit into one. Parsing gives the value back, with the order of its keys.
 */
export function formatJson(value: unknown, openLevels: number): string {
  return `${format(value, { indent: '', openLevels })}\n`;
}

type Place = { indent: string; openLevels: number };

function format(value: unknown, at: Place): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  // Above the lines that are tried to fit, nothing is written twice.
  if (at.openLevels <= 0) {
    const flat = JSON.stringify(value);
    if (at.indent.length + flat.length <= LINE_MAX) return flat;
  }
  return Array.isArray(value) ? formatArray(value, at) : formatObject(value, at);
}

// Strings are put together as they come: this is what capturing large flows spends most of its time on.

function formatArray(elements: readonly unknown[], at: Place): string {
  const inner = { indent: `${at.indent}  `, openLevels: at.openLevels - 1 };
  let lines = '';
  for (const element of elements) lines += `${lines === '' ? '' : ','}\n${inner.indent}${format(element, inner)}`;
  return lines === '' ? '[]' : `[${lines}\n${at.indent}]`;
}

function formatObject(value: object, at: Place): string {
  const inner = { indent: `${at.indent}  `, openLevels: at.openLevels - 1 };
  let lines = '';
  for (const name of Object.keys(value)) {
    const member: unknown = Reflect.get(value, name);
    lines += `${lines === '' ? '' : ','}\n${inner.indent}${JSON.stringify(name)}: ${format(member, inner)}`;
  }
  return lines === '' ? '{}' : `{${lines}\n${at.indent}}`;
}
