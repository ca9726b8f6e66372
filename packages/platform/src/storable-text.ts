const valuesMax = 200_000;

/** Whether a text can be stored and written as UTF-8: no NUL, no lone surrogate. */
function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

/**
 * Looks for a text that Postgres cannot store anywhere in parsed JSON. What has more values than anybody means to send counts as unstorable, too.
 * @returns the JSON pointer (RFC 6901) of a bad place and what is wrong there; undefined when all can be stored
 */
export function findUnstorableText(root: unknown): { pointer: string; detail: string } | undefined {
  const open: { value: unknown; pointer: string }[] = [{ value: root, pointer: '' }];
  const unstorable = (pointer: string) => ({ pointer, detail: 'holds a NUL character or half of a surrogate pair' });
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    seen += 1;
    const { value, pointer } = next;
    if (seen > valuesMax) return { pointer: '', detail: `has more than ${valuesMax} values` };
    if (typeof value === 'string' && !isStorable(value)) return unstorable(pointer);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, member] of Object.entries(value)) {
      if (!isStorable(name)) return unstorable(pointer);
      open.push({ value: member, pointer: `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` });
    }
  }
  return undefined;
}
