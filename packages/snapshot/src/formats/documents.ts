import type { VariableDeclaration } from '@sluice/contracts';
import { SnapshotError } from '../errors.ts';
import { isObject, type JsonObject, type JsonValue, pointerPart, prototypeKeyIn, readJson } from '../json.ts';

const depthMax = 64;
const messageLengthMax = 500;

/** The text of a file. @throws {SnapshotError} PROJECT_MALFORMED when it is not UTF-8 */
export function textOfFile(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformedProject(name, 'is not text in UTF-8; save it as UTF-8');
  }
}

/** The JSON of a file. @throws {SnapshotError} PROJECT_MALFORMED */
export function readDocument(text: string, name: string): JsonValue {
  const outcome = readJson(text, depthMax);
  if ('problem' in outcome) throw malformedProject(name, `cannot be read: ${outcome.problem}`);
  const pointer = prototypeKeyIn(outcome.value);
  if (pointer !== null) throw malformedProject(name, 'has a member "__proto__", which can harm whoever reads it; remove it', pointer);
  return outcome.value;
}

/** A member of an object, never of its prototype. */
export function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Settings, as settings.json holds them. @throws {SnapshotError} PROJECT_MALFORMED */
export function readSettings(value: JsonValue, name: string): JsonObject {
  if (!isObject(value)) throw malformedProject(name, 'holds no object of settings');
  return value;
}

/** Declared variables, as variables.json holds them. @throws {SnapshotError} PROJECT_MALFORMED */
export function readVariables(value: JsonValue, name: string): VariableDeclaration[] {
  if (!Array.isArray(value)) throw malformedProject(name, 'holds no list of variables');
  return value.map((item, index) => {
    const [variable, required, secret, otherwise] = ['name', 'required', 'secret', 'default'].map((each) => memberOf(item, each));
    const isDeclaration = typeof variable === 'string' && typeof required === 'boolean' && typeof secret === 'boolean';
    if (!isDeclaration || !(otherwise === undefined || typeof otherwise === 'string')) {
      throw malformedProject(name, 'has a variable without name (text), required and secret (true or false)', pointerPart(index));
    }
    return { name: variable, required, secret, ...(otherwise === undefined ? {} : { default: otherwise }) };
  });
}

/** A message that fits a snapshot. */
export function messageOf(text: JsonValue | undefined): string | undefined {
  if (typeof text !== 'string') return undefined;
  const message = text.replaceAll('\u0000', '').slice(0, messageLengthMax).toWellFormed().trim();
  return message === '' ? undefined : message;
}

export function malformedProject(name: string, why: string, pointer = ''): SnapshotError {
  return new SnapshotError('PROJECT_MALFORMED', `${name} ${why}.`, { pointer });
}
