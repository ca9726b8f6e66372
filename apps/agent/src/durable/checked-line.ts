import { createHash } from 'node:crypto';

const checksumLength = 64;

/** One line: the SHA-256 of the JSON text, a blank, the JSON text. A torn or damaged line is recognised. */
export function encodeCheckedLine(value: unknown): string {
  const text = JSON.stringify(value);
  return `${createHash('sha256').update(text).digest('hex')} ${text}\n`;
}

/** Reads a line without its line break; undefined when it is not what was written. */
export function decodeCheckedLine(line: string): unknown {
  const text = line.slice(checksumLength + 1);
  if (line[checksumLength] !== ' ' || createHash('sha256').update(text).digest('hex') !== line.slice(0, checksumLength)) return undefined;
  return JSON.parse(text);
}

/** All whole lines up to the first damaged one, and how many bytes they take. */
export function decodeCheckedLines(bytes: Uint8Array): { values: unknown[]; validBytes: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: unknown[] = [];
  let start = 0;
  for (let end = buffer.indexOf(10, start); end !== -1; end = buffer.indexOf(10, start)) {
    const value = decodeCheckedLine(buffer.toString('utf8', start, end));
    if (value === undefined) break;
    values.push(value);
    start = end + 1;
  }
  return { values, validBytes: start };
}
