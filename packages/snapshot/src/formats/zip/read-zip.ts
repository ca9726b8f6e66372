import { crc32, inflateRawSync } from 'node:zlib';
import { readDirectory, type ZipEntry } from './directory.ts';
import { shownName } from './entry-name.ts';
import { defaultZipLimits, malformedZip, type ZipLimits } from './zip-limits.ts';

/** Inflates to at most the size that the directory says and was checked for: what holds more stops there. */
function inflate(packed: Uint8Array, { name, bytes }: ZipEntry): Uint8Array {
  let outcome: { buffer: Uint8Array; engine: { bytesWritten: number } };
  try {
    // With `info`, zlib gives an object; its types do not know.
    outcome = inflateRawSync(packed, { maxOutputLength: Math.max(bytes, 1), info: true }) as unknown as typeof outcome;
  } catch {
    throw malformedZip(`${shownName(name)} does not unpack to the size it says`);
  }
  if (outcome.engine.bytesWritten !== packed.length) throw malformedZip(`${shownName(name)} has data behind its end`);
  return outcome.buffer;
}

function readContent(file: Uint8Array, entry: ZipEntry): Uint8Array {
  const packed = file.subarray(entry.start, entry.end);
  const content = entry.isDeflated ? inflate(packed, entry) : packed;
  if (content.length !== entry.bytes || crc32(content) !== entry.checksum) {
    throw malformedZip(`${shownName(entry.name)} is damaged: its checksum does not fit`);
  }
  return content;
}

/** True when bytes begin as a zip file does, the empty one included. */
export function looksLikeZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6));
}

/**
 * The files of a zip archive, by path, in its order.
 * @param isWanted which of them to unpack; every entry is checked, whether it is wanted or not
 * @throws {SnapshotError} ARCHIVE_MALFORMED, ARCHIVE_TOO_LARGE
 */
export function readZip(
  file: Uint8Array,
  isWanted: (path: string, all: readonly string[]) => boolean = () => true,
  limits: ZipLimits = defaultZipLimits,
): Map<string, Uint8Array> {
  const files = readDirectory(file, limits).filter(({ isFolder }) => !isFolder);
  const names = files.map(({ name }) => name);
  return new Map(files.filter(({ name }) => isWanted(name, names)).map((entry) => [entry.name, readContent(file, entry)]));
}
