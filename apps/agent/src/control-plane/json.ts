import { NotControlPlaneError } from './http-error.ts';

/** A JSON object of which nothing is known yet. */
export type JsonObject = Record<string, unknown>;

/** Reads an answer's members. They are not signed: everything that matters in them is verified by the trust package afterwards. */
export function asObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new NotControlPlaneError('the answer is not a JSON object');
  return value as JsonObject;
}

export function stringMember(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== 'string') throw new NotControlPlaneError(`the answer has no text "${name}"`);
  return value;
}

/** A whole number that is not negative. */
export function countMember(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new NotControlPlaneError(`the answer has no whole number "${name}"`);
  }
  return value;
}
