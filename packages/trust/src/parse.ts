import { TrustError } from './errors.ts';

/**
 * Small strict readers of untrusted JSON. Written by hand because the agent bundles them: no schema library travels to a device.
 * Each takes a value and where it stands (a JSON pointer, for the message), and throws TrustError MALFORMED.
 */
export type Members = Readonly<Record<string, unknown>>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const digestPattern = /^[0-9a-f]{64}$/;

export function malformed(at: string, expected: string): TrustError {
  return new TrustError('MALFORMED', `Expected ${expected} at "${at}".`);
}

/** A JSON object, whatever its members. */
export function readMembers(value: unknown, at: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(at, 'an object');
  return value as Members;
}

/** A JSON object with all `required` members and nothing besides them and the `optional` ones. */
export function readObject(value: unknown, at: string, required: readonly string[], optional: readonly string[] = []): Members {
  const members = readMembers(value, at);
  for (const name of required) if (!Object.hasOwn(members, name)) throw malformed(`${at}/${name}`, 'a value');
  for (const name of Object.keys(members)) {
    if (!required.includes(name) && !optional.includes(name)) throw malformed(`${at}/${name}`, 'nothing: this member is unknown');
  }
  return members;
}

/** An array of at most `lengthMax` items, each read by `readItem`. */
export function readArray<T>(value: unknown, at: string, lengthMax: number, readItem: (item: unknown, at: string) => T): T[] {
  if (!Array.isArray(value) || value.length > lengthMax) throw malformed(at, `an array of at most ${lengthMax} items`);
  return value.map((item, index) => readItem(item, `${at}/${index}`));
}

export function readString(value: unknown, at: string, lengthMax: number, pattern?: RegExp): string {
  if (typeof value !== 'string' || value.length > lengthMax) throw malformed(at, `a string of at most ${lengthMax} characters`);
  if (pattern !== undefined && !pattern.test(value)) throw malformed(at, `a string that matches ${pattern.source}`);
  return value;
}

export function readInteger(value: unknown, at: string, minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || typeof value !== 'number' || value < minimum || value > maximum) {
    throw malformed(at, `an integer from ${minimum} to ${maximum}`);
  }
  return value;
}

export function readBoolean(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw malformed(at, 'true or false');
  return value;
}

export function readOneOf<const W extends readonly string[]>(value: unknown, at: string, words: W): W[number] {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw malformed(at, `one of ${words.join(', ')}`);
  return word;
}

export function readUuid(value: unknown, at: string): string {
  return readString(value, at, 36, uuidPattern);
}

export function readDigest(value: unknown, at: string): string {
  return readString(value, at, 64, digestPattern);
}

/** A moment exactly as Date.prototype.toISOString writes it, so that impossible days and other spellings are refused. */
export function readTimestamp(value: unknown, at: string): string {
  const text = readString(value, at, 24);
  const time = Date.parse(text);
  if (Number.isNaN(time) || new Date(time).toISOString() !== text) throw malformed(at, 'a UTC time such as 2026-03-01T08:15:30.250Z');
  return text;
}

export function readNullable<T>(value: unknown, at: string, read: (value: unknown, at: string) => T): T | null {
  return value === null ? null : read(value, at);
}
