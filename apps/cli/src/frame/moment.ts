import { usageError } from '../errors.ts';
import { parseDuration } from './duration.ts';

/**
 * A moment that a person names: `2027-01-07T06:00:00Z`, with another offset, or as a duration from now (`2h`, `3d`).
 * @throws CliError USAGE; a time without an offset could mean two things, so it is none
 */
export function momentOf(text: string, now: number): string {
  const fromNow = /^\d+$/.test(text) ? undefined : parseDuration(text);
  if (fromNow !== undefined) return new Date(now + fromNow).toISOString();
  const hasOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = hasOffset ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw usageError(`"${text}" is no time.`, 'Write 2027-01-07T06:00:00Z, 2027-01-07T07:00+01:00, or how long from now: 90m, 2h, 3d.');
}
