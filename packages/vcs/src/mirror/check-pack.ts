/**
 * Looks at a pack of a stranger before anything is unpacked. A pack of a few kilobytes can name objects of gigabytes: each object's size, and what a
 * delta would make of its base, is checked against limits first, and unpacking stops at the size that was announced.
 * https://git-scm.com/docs/gitformat-pack
 */
import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { RemoteError } from './remote-error.ts';

export type PackLimits = { objectsMax: number; objectBytesMax: number; totalBytesMax: number };

const OFS_DELTA = 6;
const REF_DELTA = 7;
const OID_BYTES = 20;
const HEADER_BYTES = 12;

function corrupt(what: string, cause?: unknown): RemoteError {
  const message = `What the remote sent is damaged (${what}). Try again; if it stays so, check the repository there with git fsck.`;
  return new RemoteError('OBJECTS_CORRUPT', message, { cause });
}

function tooLarge(what: string): RemoteError {
  return new RemoteError('TOO_LARGE', `The branch holds ${what}. Import from a repository that has little besides the project.`);
}

type Cursor = { bytes: Buffer; at: number };

function nextByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at];
  if (byte === undefined) throw corrupt('it is cut off');
  cursor.at += 1;
  return byte;
}

/** Seven bits of a number in each byte, the lowest first; the top bit says that more follow. */
function readSize(cursor: Cursor, first: { value: number; shift: number; more: boolean }): number {
  let { value, shift, more } = first;
  while (more) {
    const byte = nextByte(cursor);
    value += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    more = (byte & 0x80) !== 0;
    if (shift > 56) throw corrupt('a size has too many digits');
  }
  return value;
}

/** Unpacks one object's data and steps behind it. */
function inflateNext(cursor: Cursor, size: number): Buffer {
  try {
    const options = { maxOutputLength: Math.max(size, 1), info: true } as const;
    const unpacked = inflateSync(cursor.bytes.subarray(cursor.at), options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (unpacked.buffer.length !== size) throw new RangeError('an object is shorter than announced');
    cursor.at += unpacked.engine.bytesWritten;
    return unpacked.buffer;
  } catch (error) {
    throw corrupt('an object cannot be unpacked', error);
  }
}

/** How many bytes a delta makes: the second number of its instructions. */
function sizeAfterDelta(instructions: Buffer): number {
  const cursor = { bytes: instructions, at: 0 };
  readSize(cursor, { value: 0, shift: 0, more: true });
  return readSize(cursor, { value: 0, shift: 0, more: true });
}

function skipBase(cursor: Cursor, type: number): void {
  if (type === REF_DELTA) cursor.at += OID_BYTES;
  else while ((nextByte(cursor) & 0x80) !== 0);
}

/** @throws RemoteError OBJECTS_CORRUPT, TOO_LARGE */
export function checkPack(bytes: Buffer, limits: PackLimits): void {
  if (bytes.length < HEADER_BYTES + OID_BYTES || bytes.toString('latin1', 0, 4) !== 'PACK') throw corrupt('it is no pack');
  const end = bytes.length - OID_BYTES;
  if (!createHash('sha1').update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end))) throw corrupt('its checksum is wrong');
  const count = bytes.readUInt32BE(8);
  if (count > limits.objectsMax) throw tooLarge(`${count} files and folders, more than ${limits.objectsMax}`);
  const cursor = { bytes: bytes.subarray(0, end), at: HEADER_BYTES };
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const head = nextByte(cursor);
    const type = (head >> 4) & 0b111;
    const size = readSize(cursor, { value: head & 0b1111, shift: 4, more: (head & 0x80) !== 0 });
    if (size > limits.objectBytesMax) throw tooLarge(`a file of more than ${limits.objectBytesMax} bytes`);
    const isDelta = type === OFS_DELTA || type === REF_DELTA;
    if (isDelta) skipBase(cursor, type);
    const content = inflateNext(cursor, size);
    const result = isDelta ? sizeAfterDelta(content) : size;
    if (result > limits.objectBytesMax) throw tooLarge(`a file of more than ${limits.objectBytesMax} bytes`);
    total += result;
    if (total > limits.totalBytesMax) throw tooLarge(`more than ${limits.totalBytesMax} bytes`);
  }
}
