import { createHash } from 'node:crypto';

const plain = /^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*$/;
/** Windows gives these to devices, whatever their extension. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;
const plainLengthMax = 64;
const slugLengthMax = 32;

/**
 * A text as a part of a file name that every file system takes and tells apart (no slashes, no capitals, nothing hidden).
 * Usual ids stay as they are; any other one becomes a readable rest and a digest behind a `+`, which no usual id has.
 */
export function fileNamePart(text: string): string {
  if (text.length <= plainLengthMax && plain.test(text) && !devices.test(text)) return text;
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, slugLengthMax);
  // UTF-16, because ids may hold half surrogates, which UTF-8 would make equal.
  const digest = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 16);
  return `${slug}+${digest}`;
}

/** Gives out names of one folder, each once. */
export type FolderNames = { take(base: string, extension: string): string };

/** @param reserved names that are taken already */
export function createFolderNames(reserved: readonly string[]): FolderNames {
  const taken = new Set(reserved);
  return {
    take: (base, extension) => {
      let name = `${base}${extension}`;
      for (let count = 2; taken.has(name); count += 1) name = `${base}+${count}${extension}`;
      taken.add(name);
      return name;
    },
  };
}
