import { constants, crc32, deflateRawSync } from 'node:zlib';

/** An entry, each part of which can be a lie. */
export type CraftedEntry = {
  name: string | Uint8Array;
  content?: Uint8Array;
  /** The packed data as they are, with method deflate. */
  packed?: Uint8Array;
  bytes?: number;
  packedBytes?: number;
  checksum?: number;
  flags?: number;
  method?: number;
  attributes?: number;
  extra?: Uint8Array;
  localName?: string;
  localMethod?: number;
  localPackedBytes?: number;
  /** Where the directory says that it begins; default: where it does. */
  headerStart?: number;
};

export type CraftedEnd = { count?: number; start?: number; size?: number; disk?: number; comment?: string; trailing?: Uint8Array };

const word = (value: number): Buffer => Buffer.from([value & 0xff, (value >>> 8) & 0xff]);
const double = (value: number): Buffer => Buffer.from([value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]);
const bytesOf = (text: string | Uint8Array): Buffer => Buffer.from(text as string);

/** A zip file of entries that need not be true. */
export function craftZip(entries: readonly CraftedEntry[], end: CraftedEnd = {}): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const content = entry.content ?? new Uint8Array();
    const packed = Buffer.from(entry.packed ?? (entry.method === 0 ? content : deflateRawSync(content)));
    const name = bytesOf(entry.name);
    const localName = bytesOf(entry.localName ?? entry.name);
    const extra = Buffer.from(entry.extra ?? []);
    const packedBytes = entry.packedBytes ?? packed.length;
    const [flags, method] = [word(entry.flags ?? 0x0800), entry.method ?? 8];
    const [checksum, bytes] = [double(entry.checksum ?? crc32(content)), double(entry.bytes ?? content.length)];
    const head = (own: number, size: number): Buffer =>
      Buffer.concat([word(20), flags, word(own), double(0x0021_0000), checksum, double(size), bytes]);
    const local = [
      double(0x04034b50),
      head(entry.localMethod ?? method, entry.localPackedBytes ?? packedBytes),
      word(localName.length),
      word(0),
      localName,
      packed,
    ];
    const listed = [
      double(0x02014b50),
      word(0x0314),
      head(method, packedBytes),
      word(name.length),
      word(extra.length),
      word(0),
      word(0),
      word(0),
    ];
    directory.push(Buffer.concat([...listed, double(entry.attributes ?? 0x81a4_0000), double(entry.headerStart ?? at), name, extra]));
    locals.push(Buffer.concat(local));
    at += Buffer.concat(local).length;
  }
  const size = Buffer.concat(directory).length;
  const comment = bytesOf(end.comment ?? '');
  return Buffer.concat([
    ...locals,
    ...directory,
    double(0x06054b50),
    word(end.disk ?? 0),
    word(0),
    word(end.count ?? entries.length),
    word(end.count ?? entries.length),
    double(end.size ?? size),
    double(end.start ?? at),
    word(comment.length),
    comment,
    Buffer.from(end.trailing ?? []),
  ]);
}

/** Packed data that unpack to so many mebibytes of zeros, made without ever having them. */
export function packedZeros(mebibytes: number): Uint8Array {
  const one = deflateRawSync(new Uint8Array(1024 * 1024), { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([...Array.from({ length: mebibytes }, () => one), deflateRawSync(new Uint8Array())]);
}
