/** Many byte strings as one, and where each of them starts. */
export type JoinedBytes = { bytes: Buffer; starts: number[] };

/**
 * Joins byte strings into one parameter, which a statement cuts apart with `substring(… from start + 1 for length)`. A parameter of bytes travels as it is;
 * in an array each byte would be written as two digits, and read again.
 */
export function joinBytes(parts: readonly Buffer[]): JoinedBytes {
  const starts: number[] = [];
  let at = 0;
  for (const part of parts) {
    starts.push(at);
    at += part.length;
  }
  return { bytes: Buffer.concat(parts, at), starts };
}
