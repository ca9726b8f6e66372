import { validRange } from 'semver';
import { isObject, type JsonValue, pointerPart, readJson } from '../json.ts';
import { PolicyError } from './policy-error.ts';

export const advisorySeverities = ['low', 'moderate', 'high', 'critical'] as const;
export type AdvisorySeverity = (typeof advisorySeverities)[number];

/** A known weakness of a module, in a file that the operator supplies. See docs/policies.md. */
export type Advisory = {
  /** Such as `CVE-2026-1234` or `GHSA-…`. */
  id: string;
  module: string;
  /** The versions that have it, as npm writes ranges. */
  range: string;
  severity: AdvisorySeverity;
  title: string;
  url: string | null;
  /** The first version without it; null when there is none. */
  fixedIn: string | null;
};

const bytesMax = 32 * 1024 * 1024;
const advisoriesMax = 100_000;
const depthMax = 8;

/**
 * Reads a file of advisories: a JSON list of `{id, module, range, severity, title, url?, fixedIn?}`.
 * One entry that cannot be read refuses the file: a weakness that is silently left out would look like none.
 * @throws {PolicyError} ADVISORIES_MALFORMED
 */
export function parseAdvisories(source: string | Uint8Array): Advisory[] {
  const length = typeof source === 'string' ? Buffer.byteLength(source) : source.length;
  if (length > bytesMax) throw malformed(`it has ${length} bytes; at most ${bytesMax} are allowed`);
  const outcome = readJson(source, depthMax);
  if ('problem' in outcome) throw malformed(outcome.problem);
  if (!Array.isArray(outcome.value)) throw malformed('it is not a list');
  if (outcome.value.length > advisoriesMax) throw malformed(`it has more than ${advisoriesMax} entries`);
  return outcome.value.map(readAdvisory);
}

function readAdvisory(value: JsonValue, index: number): Advisory {
  const pointer = pointerPart(index);
  if (!isObject(value)) throw malformed('an entry is not an object', pointer);
  const optional = (name: string): string | null => {
    const member = Object.hasOwn(value, name) ? value[name] : null;
    if (member === null || member === undefined) return null;
    if (typeof member !== 'string' || member === '') throw malformed(`"${name}" is not text`, pointer + pointerPart(name));
    return member;
  };
  const required = (name: string): string => {
    const member = optional(name);
    if (member === null) throw malformed(`"${name}" is missing`, pointer);
    return member;
  };
  const range = required('range');
  if (validRange(range) === null) throw malformed('"range" is no range of versions, such as "<1.2.3"', `${pointer}/range`);
  const written = required('severity');
  const severity = advisorySeverities.find((known) => known === written);
  if (severity === undefined) throw malformed(`"severity" is none of ${advisorySeverities.join(', ')}`, `${pointer}/severity`);
  return {
    id: required('id'),
    module: required('module'),
    range,
    severity,
    title: required('title'),
    url: optional('url'),
    fixedIn: optional('fixedIn'),
  };
}

function malformed(why: string, pointer = ''): PolicyError {
  return new PolicyError('ADVISORIES_MALFORMED', `The advisories cannot be used: ${why}.`, pointer);
}
