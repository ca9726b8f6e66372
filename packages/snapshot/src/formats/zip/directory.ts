// INVARIANTS
// 1. Nothing is inflated and nothing of an entry's size is allocated before the whole directory has been read and found within its limits.
// 2. Directory and entries cover disjoint places of the file: no byte counts twice, so no archive is larger than it looks.
// 3. What the directory says of an entry and what stands before its data is the same, so that no other program unpacks something else.
// Sections are those of APPNOTE.TXT 6.3.10.
import { readEntryName, refuseCollisions, shownName } from './entry-name.ts';
import { malformedZip, type ZipLimits, zipTooLarge } from './zip-limits.ts';

/** An entry of the directory. `start` to `end`: where its packed data lie in the file. Sizes in bytes. */
export type ZipEntry = {
  name: string;
  isFolder: boolean;
  isDeflated: boolean;
  checksum: number;
  packedBytes: number;
  bytes: number;
  headerStart: number;
  start: number;
  end: number;
};

const signatures = { entry: 0x02014b50, local: 0x04034b50, end: 0x06054b50, end64: 0x07064b50 };
const endBytes = 22;
const commentBytesMax = 0xffff;
const flagEncrypted = 0x0001;
const flagDescriptor = 0x0008;
const flagsRefused = 0x0001 | 0x0020 | 0x0040 | 0x2000;
const zip64Field = 0x0001;

type End = { count: number; start: number; end: number };

/** 4.3.16 End of central directory record. Its comment has to end with the file, so there is one place where it can be. */
function readEnd(view: DataView): End {
  const last = view.byteLength - endBytes;
  for (let at = last; at >= 0 && at >= last - commentBytesMax; at -= 1) {
    if (view.getUint32(at, true) !== signatures.end || at + endBytes + view.getUint16(at + 20, true) !== view.byteLength) continue;
    const [disk, firstDisk, here, count] = [4, 6, 8, 10].map((offset) => view.getUint16(at + offset, true));
    const [size, start] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    if (
      count === 0xffff ||
      size === 0xffffffff ||
      start === 0xffffffff ||
      (at >= 20 && view.getUint32(at - 20, true) === signatures.end64)
    ) {
      throw malformedZip('it is in the zip64 form, which only archives of more than 4 GiB need');
    }
    if (disk !== 0 || firstDisk !== 0 || here !== count) throw malformedZip('it is one part of several');
    if (start + size !== at) throw malformedZip('its directory is not where it should be');
    return { count: count ?? 0, start, end: at };
  }
  throw malformedZip('it is no zip file, or its end is missing');
}

function hasField(view: DataView, start: number, end: number, wanted: number): boolean {
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) if (view.getUint16(at, true) === wanted) return true;
  return false;
}

/** 4.4.15 The upper half is the mode of Unix, whoever made it; neither links nor devices are files of a project. */
function refuseSpecialFiles(attributes: number, name: string): void {
  const kind = (attributes >>> 16) & 0xf000;
  if (kind === 0xa000) throw malformedZip(`${shownName(name)} is a symbolic link`);
  if (kind !== 0 && kind !== 0x8000 && kind !== 0x4000) throw malformedZip(`${shownName(name)} is no ordinary file`);
}

function refuseOddities(entry: {
  name: string;
  flags: number;
  method: number;
  packedBytes: number;
  bytes: number;
  isFolder: boolean;
}): void {
  const { name, flags, method, packedBytes, bytes, isFolder } = entry;
  if ((flags & flagsRefused) !== 0) {
    throw malformedZip(`${shownName(name)} ${(flags & flagEncrypted) === 0 ? 'is packed in a special way' : 'is encrypted'}`);
  }
  if (method !== 0 && method !== 8) throw malformedZip(`${shownName(name)} is compressed by a method other than deflate`);
  if (method === 0 && packedBytes !== bytes) throw malformedZip(`${shownName(name)} says two sizes`);
  if (isFolder && bytes !== 0) throw malformedZip(`${shownName(name)} is a folder with content`);
}

function refuseExcess({ name, packedBytes, bytes }: { name: string; packedBytes: number; bytes: number }, limits: ZipLimits): void {
  if (bytes > limits.entryBytesMax) {
    throw zipTooLarge(`${shownName(name)} has ${bytes} bytes; at most ${limits.entryBytesMax} are allowed`);
  }
  if (bytes > limits.ratioFreeBytes && bytes > packedBytes * limits.ratioMax) {
    throw zipTooLarge(`${shownName(name)} would grow more than ${limits.ratioMax}-fold`);
  }
}

/** 4.3.12 File header of the central directory, at `at`; with where the next one begins. */
function readEntry(view: DataView, at: number, end: number, limits: ZipLimits): { entry: ZipEntry; next: number } {
  if (at + 46 > end || view.getUint32(at, true) !== signatures.entry) throw malformedZip('its directory is damaged');
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
  const nameEnd = at + 46 + (nameBytes ?? 0);
  const extraEnd = nameEnd + (extraBytes ?? 0);
  const next = extraEnd + (commentBytes ?? 0);
  if (next > end) throw malformedZip('its directory is damaged');
  const { name, isFolder } = readEntryName(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameBytes), limits);
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const [checksum, packedBytes, bytes] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true));
  const sizes = { packedBytes: packedBytes ?? 0, bytes: bytes ?? 0 };
  if (hasField(view, nameEnd, extraEnd, zip64Field)) throw malformedZip(`${shownName(name)} is in the zip64 form`);
  refuseOddities({ name, flags, method, isFolder, ...sizes });
  refuseSpecialFiles(view.getUint32(at + 38, true), name);
  refuseExcess({ name, ...sizes }, limits);
  const header = { flags, method, checksum: checksum ?? 0, ...sizes };
  const place = readLocalHeader(view, view.getUint32(at + 42, true), { ...header, nameStart: at + 46, nameBytes: nameBytes ?? 0 });
  return { entry: { name, isFolder, isDeflated: method === 8, checksum: header.checksum, ...sizes, ...place }, next };
}

type Said = { flags: number; method: number; checksum: number; packedBytes: number; bytes: number; nameStart: number; nameBytes: number };

/** 4.3.7 Local file header, before an entry's data: it has to say what the directory says, or nothing where a descriptor follows. */
function readLocalHeader(view: DataView, at: number, said: Said): Pick<ZipEntry, 'headerStart' | 'start' | 'end'> {
  const damaged = malformedZip('an entry does not begin where the directory says');
  if (at + 30 > view.byteLength || view.getUint32(at, true) !== signatures.local) throw damaged;
  const extraStart = at + 30 + view.getUint16(at + 26, true);
  const start = extraStart + view.getUint16(at + 28, true);
  const end = start + said.packedBytes;
  if (end > view.byteLength || view.getUint16(at + 26, true) !== said.nameBytes) throw damaged;
  for (let index = 0; index < said.nameBytes; index += 1) {
    if (view.getUint8(at + 30 + index) !== view.getUint8(said.nameStart + index)) throw malformedZip('an entry has two names');
  }
  const isDescribedLater = (said.flags & flagDescriptor) !== 0;
  const agrees = (offset: number, value: number): boolean => {
    const local = view.getUint32(at + offset, true);
    return local === value || (isDescribedLater && local === 0);
  };
  const isSame =
    view.getUint16(at + 6, true) === said.flags &&
    view.getUint16(at + 8, true) === said.method &&
    agrees(14, said.checksum) &&
    agrees(18, said.packedBytes) &&
    agrees(22, said.bytes);
  if (!isSame || hasField(view, extraStart, start, zip64Field)) throw malformedZip('an entry and the directory disagree about it');
  return { headerStart: at, start, end };
}

function refuseOverlaps(entries: readonly ZipEntry[], directoryStart: number): void {
  let taken = 0;
  for (const { headerStart, end } of entries.toSorted((left, right) => left.headerStart - right.headerStart)) {
    if (headerStart < taken) throw malformedZip('entries overlap');
    taken = end;
  }
  if (taken > directoryStart) throw malformedZip('entries overlap the directory');
}

/**
 * Reads and checks the directory of a zip file.
 * @throws {SnapshotError} ARCHIVE_MALFORMED, ARCHIVE_TOO_LARGE
 */
export function readDirectory(file: Uint8Array, limits: ZipLimits): ZipEntry[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { count, start, end } = readEnd(view);
  if (count > limits.entriesMax) throw zipTooLarge(`it has ${count} entries; at most ${limits.entriesMax} are allowed`);
  const entries: ZipEntry[] = [];
  let at = start;
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const { entry, next } = readEntry(view, at, end, limits);
    total += entry.bytes;
    if (total > limits.totalBytesMax) throw zipTooLarge(`unpacked, it has more than ${limits.totalBytesMax} bytes`);
    entries.push(entry);
    at = next;
  }
  if (at !== end) throw malformedZip('its directory is damaged');
  refuseCollisions(entries);
  refuseOverlaps(entries, start);
  return entries;
}
