import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01, the earliest there is: the same files give the same archive, whenever it is made. */
const dosDate = 0x0021;
const utf8Flag = 0x0800;
/** Made on Unix, readable by version 2.0. */
const madeBy = 0x0314;
const versionNeeded = 20;
const regularFile = 0x81a4_0000;

type Packed = { name: Buffer; content: Buffer; bytes: number; checksum: number };

/** The fields that stand in both headers of an entry, 26 bytes: 4.3.7 from "version needed" on. */
function commonFields({ name, content, bytes, checksum }: Packed): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(versionNeeded, 0);
  fields.writeUInt16LE(utf8Flag, 2);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt16LE(dosDate, 8);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(content.length, 14);
  fields.writeUInt32LE(bytes, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function directoryEntry(packed: Packed, headerStart: number): Buffer {
  const start = Buffer.from([0x50, 0x4b, 0x01, 0x02, madeBy & 0xff, madeBy >> 8]);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(regularFile, 6);
  rest.writeUInt32LE(headerStart, 10);
  return Buffer.concat([start, commonFields(packed), rest, packed.name]);
}

/** A zip archive of files by path (relative, with `/`). The same files in the same order give the same bytes. At most 65,534 files, 4 GiB. */
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [path, bytes] of files) {
    const packed = { name: Buffer.from(path), content: deflateRawSync(bytes), bytes: bytes.length, checksum: crc32(bytes) };
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 0x03, 0x04]), commonFields(packed), packed.name, packed.content]);
    directory.push(directoryEntry(packed, at));
    parts.push(local);
    at += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
