/** Plain JSON data. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = { [name: string]: JsonValue };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A part of a JSON pointer (RFC 6901). */
export function pointerPart(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What went wrong in a file, in words that fit into a sentence, or its value. `mayHavePrototypeKey`: false when its text rules that out. */
export type JsonOutcome = { value: JsonValue; mayHavePrototypeKey: boolean } | { problem: string };

/** JSON text or bytes (UTF-8, a byte order mark is tolerated) as a value, or why it is none. Nesting beyond `depthMax` is not even parsed. */
export function readJson(source: string | Uint8Array, depthMax: number): JsonOutcome {
  let text: string;
  try {
    text = typeof source === 'string' ? source.replace(/^\uFEFF/, '') : new TextDecoder('utf-8', { fatal: true }).decode(source);
  } catch {
    return { problem: 'it is not text in UTF-8; save it as UTF-8' };
  }
  if (isDeeperThan(text, depthMax)) return { problem: `it nests deeper than ${depthMax} levels` };
  try {
    // A key can be written with escapes, too; then it has to be looked for.
    return { value: JSON.parse(text), mayHavePrototypeKey: text.includes('__proto__') || text.includes('\\u') };
  } catch (error) {
    return { problem: `it is not valid JSON${positionOf(error)}` };
  }
}

/** Counts brackets outside strings, because parsing hostile nesting first would cost the memory that the limit protects. */
function isDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === characters.quote) index = endOfString(text, index);
    else if (code === characters.openArray || code === characters.openObject) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (code === characters.closeArray || code === characters.closeObject) depth -= 1;
  }
  return false;
}

const characters = { quote: 0x22, backslash: 0x5c, openArray: 0x5b, closeArray: 0x5d, openObject: 0x7b, closeObject: 0x7d };

/** Where the string that begins at `start` ends; the end of the text when it never does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === characters.backslash) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Where V8 stopped. Its message itself quotes the content, so only the numbers are taken from it. */
function positionOf(error: unknown): string {
  const match = error instanceof Error ? /line (\d+) column (\d+)/.exec(error.message) : null;
  return match === null ? '' : ` (line ${match[1]}, column ${match[2]})`;
}

/**
 * Where a key `__proto__` is, or null. It would change an object's prototype wherever the value is copied naively, inside Node-RED included.
 */
export function prototypeKeyIn(root: JsonValue): string | null {
  // Pointers are put together only when there is something to tell: this looks at everything in every file.
  type Open = { value: object; name: string | number; outer: Open | null };
  const pointerOf = ({ name, outer }: Open): string => (outer === null ? '' : pointerOf(outer) + pointerPart(name));
  const open: Open[] = typeof root === 'object' && root !== null ? [{ value: root, name: '', outer: null }] : [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (Object.hasOwn(next.value, '__proto__')) return `${pointerOf(next)}/__proto__`;
    for (const name of Object.keys(next.value)) {
      const member: unknown = Reflect.get(next.value, name);
      if (typeof member === 'object' && member !== null) open.push({ value: member, name, outer: next });
    }
  }
  return null;
}
