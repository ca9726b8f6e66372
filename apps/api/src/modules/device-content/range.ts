/** What a `Range` header asks for: everything, a part (`end` inclusive), or nothing that exists. */
export type RequestedRange = { kind: 'whole' } | { kind: 'part'; start: number; end: number } | { kind: 'unsatisfiable' };

const whole: RequestedRange = { kind: 'whole' };

/**
 * Reads `Range` for a representation of `length` bytes (RFC 9110 section 14.1.2): one range of bytes, from both ends, from a start, or the last
 * ones. Other units, several ranges and what cannot be read are ignored, as the standard allows: the answer is then the whole.
 */
export function parseRange(header: string | undefined, length: number): RequestedRange {
  const match = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/.exec(header?.trim() ?? '');
  if (match === null) return whole;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) {
    const size = Math.min(Number(suffix), length);
    return size === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', start: length - size, end: length - 1 };
  }
  const start = Number(first);
  const end = last === undefined || last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== undefined && last !== '' && Number(last) < start) return whole;
  return start >= length ? { kind: 'unsatisfiable' } : { kind: 'part', start, end };
}
