/** Postgres stores no NUL, and no halves of characters. A log line of a broken node may hold both, and must not keep its device from reporting. */
function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

/** A copy of plain JSON data in which every text can be stored. */
export function storable<T>(value: T): T {
  // The shape stays the same: only texts are replaced by texts.
  return storableValue(value) as T;
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storableValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [storableText(name), storableValue(member)]));
}
