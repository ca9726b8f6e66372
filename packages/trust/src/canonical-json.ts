import { TrustError } from './errors.ts';

/** Nothing that we sign or digest nests deeper; the limit keeps hostile input from exhausting the stack. */
const depthMax = 128;

/**
 * The canonical JSON of a value as UTF-8 bytes (RFC 8785, JSON Canonicalization Scheme): the form in which everything is signed and digested.
 *
 * Only plain data is accepted. Numbers that are not finite, `undefined`, functions, lone surrogates, holes in arrays, class instances and
 * nesting beyond 128 levels are refused.
 * @throws {TrustError} MALFORMED, with a JSON pointer to the value in question
 */
export function canonicalJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalText(value));
}

/** As `canonicalJson`, but text instead of bytes. */
export function canonicalText(value: unknown): string {
  return serialize(value, '', 0);
}

function serialize(value: unknown, pointer: string, depth: number): string {
  if (depth > depthMax) throw refuse('nested deeper than 128 levels', pointer);
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      // ECMAScript's number format is the one RFC 8785 section 3.2.2.3 prescribes.
      if (!Number.isFinite(value)) throw refuse(`the number ${value}`, pointer);
      return JSON.stringify(value);
    case 'string':
      return serializeString(value, pointer);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? serializeArray(value, pointer, depth) : serializeObject(value, pointer, depth);
    default:
      throw refuse(`a value of type ${typeof value}`, pointer);
  }
}

function serializeString(value: string, pointer: string): string {
  if (!value.isWellFormed()) throw refuse('a lone surrogate', pointer);
  return JSON.stringify(value);
}

function serializeArray(value: readonly unknown[], pointer: string, depth: number): string {
  const parts: string[] = [];
  for (let index = 0; index < value.length; index += 1) parts.push(serialize(value[index], `${pointer}/${index}`, depth + 1));
  return `[${parts.join(',')}]`;
}

function serializeObject(value: object, pointer: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refuse('an object that is not plain data', pointer);
  // RFC 8785 section 3.2.3 orders by UTF-16 code units, which is what sort() without a comparer does.
  const parts = Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => {
      const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return `${serializeString(key, at)}:${serialize(member, at, depth + 1)}`;
    });
  return `{${parts.join(',')}}`;
}

function refuse(what: string, pointer: string): TrustError {
  return new TrustError('MALFORMED', `Canonical JSON cannot hold ${what} (at "${pointer}").`);
}
