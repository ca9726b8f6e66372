import { malformedZip, type ZipLimits, zipTooLarge } from './zip-limits.ts';

/** A name as people may see it: short, and nothing in it that moves a cursor. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformedZip('a name is not in UTF-8');
  }
}

/**
 * The name of an entry, checked: relative, with `/` between folders, and no part of it that a file system would understand otherwise.
 * @throws {SnapshotError} ARCHIVE_MALFORMED, ARCHIVE_TOO_LARGE
 */
export function readEntryName(bytes: Uint8Array, limits: ZipLimits): { name: string; isFolder: boolean } {
  if (bytes.length > limits.nameBytesMax) throw zipTooLarge(`a name has ${bytes.length} bytes; at most ${limits.nameBytesMax} are allowed`);
  const full = decodeName(bytes);
  const isFolder = full.endsWith('/');
  const name = isFolder ? full.slice(0, -1) : full;
  const parts = name.split('/');
  if (parts.length > limits.depthMax) throw zipTooLarge(`${shownName(name)} is deeper than ${limits.depthMax} folders`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
  const isOdd = /[\\:\u0000-\u001f\u007f]/.test(name) || parts.some((part) => part === '' || part === '.' || part === '..');
  if (isOdd) throw malformedZip(`${shownName(full)} is not the name of a file inside the archive`);
  return { name, isFolder };
}

/**
 * Names that are one file on some system: the same, or the same but for capitals or the composition of letters; also a file that is a folder elsewhere.
 * @throws {SnapshotError} ARCHIVE_MALFORMED
 */
export function refuseCollisions(entries: readonly { name: string; isFolder: boolean }[]): void {
  const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const { name, isFolder } of entries) {
    const key = keyOf(name);
    if (files.has(key) || (isFolder && folders.has(key))) throw malformedZip(`${shownName(name)} is in it twice`);
    (isFolder ? folders : files).add(key);
  }
  for (const { name } of entries) {
    const parts = keyOf(name).split('/');
    for (let length = 1; length < parts.length; length += 1) {
      if (files.has(parts.slice(0, length).join('/'))) throw malformedZip(`${shownName(name)} lies in a folder that is a file, too`);
    }
  }
  for (const folder of folders) if (files.has(folder)) throw malformedZip(`${shownName(folder)} is both a file and a folder`);
}
