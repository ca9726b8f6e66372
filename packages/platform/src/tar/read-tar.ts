// INVARIANTS
// 1. Never more than `bytesMax` bytes are taken from the source, whatever its headers claim.
// 2. At most one entry is in memory.
// 3. Nothing here touches a disk, and a link is never followed: it is told as what it is.

export type TarErrorCode = 'TAR_MALFORMED' | 'TAR_TOO_LARGE';

/** An archive that cannot be read, or that is larger than it may be. */
export class TarError extends Error {
  override readonly name = 'TarError';
  readonly code: TarErrorCode;

  constructor(code: TarErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

export type TarEntry = {
  /** As the archive says it: not checked, may be absolute or lead upwards. */
  path: string;
  kind: 'file' | 'folder' | 'link' | 'other';
  /** Permission bits. */
  mode: number;
  /** Empty for everything but files. */
  bytes: Buffer;
};

const blockBytes = 512;
/** Names and other facts of one entry; larger ones are an attack. */
const metadataBytesMax = 1024 * 1024;

const malformed = (why: string): TarError => new TarError('TAR_MALFORMED', `The archive cannot be read: ${why}.`);

/** `bytesMax`: of the archive, padding included; `entryBytesMax`: of one entry. `onTaken` learns how many bytes have been taken so far. */
export type TarLimits = { bytesMax: number; entryBytesMax?: number; onTaken?: (total: number) => void };

type Take = (size: number) => Promise<Buffer | undefined>;

/** Takes so many bytes at a time from a source; undefined at its end. */
function createTake(source: AsyncIterable<Uint8Array>, { bytesMax, onTaken }: TarLimits): Take {
  const chunks = source[Symbol.asyncIterator]();
  let waiting: Buffer[] = [];
  let length = 0;
  let taken = 0;
  return async (size) => {
    taken += size;
    if (taken > bytesMax) throw new TarError('TAR_TOO_LARGE', `The archive is larger than ${bytesMax} bytes.`);
    onTaken?.(taken);
    while (length < size) {
      const next = await chunks.next();
      if (next.done === true) {
        if (length === 0) return undefined;
        throw malformed('it ends in the middle of an entry');
      }
      waiting.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
      length += next.value.byteLength;
    }
    const all = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting);
    const bytes = (all ?? Buffer.alloc(0)).subarray(0, size);
    waiting = [(all ?? Buffer.alloc(0)).subarray(size)];
    length -= size;
    return bytes;
  };
}

function textOf(block: Buffer, start: number, size: number): string {
  const field = block.subarray(start, start + size);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? size : end).toString('utf8');
}

function numberOf(block: Buffer, start: number, size: number): number {
  // GNU writes numbers that do not fit as base 256, marked by the highest bit.
  if (((block[start] ?? 0) & 0x80) !== 0) throw malformed('a number is larger than any package needs');
  const text = textOf(block, start, size).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw malformed('a number is not octal');
  return Number.parseInt(text, 8);
}

function checkSum(block: Buffer): void {
  let sum = 0;
  for (let index = 0; index < blockBytes; index += 1) sum += index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
  if (sum !== numberOf(block, 148, 8)) throw malformed('the checksum of a header is wrong');
}

/** The records of a pax header: `<length> <name>=<value>\n`. */
function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const size = blank === -1 ? Number.NaN : Number(bytes.subarray(at, blank).toString('latin1'));
    if (!Number.isSafeInteger(size) || size <= blank - at || at + size > bytes.length) throw malformed('a pax record is damaged');
    const record = bytes.subarray(blank + 1, at + size - 1).toString('utf8');
    const equals = record.indexOf('=');
    if (equals === -1) throw malformed('a pax record has no value');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += size;
  }
  return records;
}

const kinds: Readonly<Record<string, TarEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'link',
  '5': 'folder',
};

type Header = { path: string; type: string; mode: number; size: number };

function headerOf(block: Buffer): Header {
  checkSum(block);
  const isUstar = block.subarray(257, 262).toString('latin1') === 'ustar';
  const prefix = isUstar && block.subarray(263, 265).toString('latin1') === '00' ? textOf(block, 345, 155) : '';
  const name = textOf(block, 0, 100);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] ?? 0),
    mode: numberOf(block, 100, 8) & 0o777,
    size: numberOf(block, 124, 12),
  };
}

async function bodyOf(take: Take, size: number): Promise<Buffer> {
  if (size === 0) return Buffer.alloc(0);
  const padded = await take(Math.ceil(size / blockBytes) * blockBytes);
  if (padded === undefined) throw malformed('it ends before the content of an entry');
  return padded.subarray(0, size);
}

/** What extended headers say of the entry that follows them. */
async function overrideOf(take: Take, header: Header): Promise<{ path?: string; size?: number }> {
  if (header.size > metadataBytesMax) throw new TarError('TAR_TOO_LARGE', 'The archive has facts about an entry that do not end.');
  const bytes = await bodyOf(take, header.size);
  if (header.type === 'L') return { path: textOf(bytes, 0, bytes.length) };
  if (header.type !== 'x') return {};
  const records = paxRecords(bytes);
  const [path, size] = [records.get('path'), records.get('size')];
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw malformed('a pax size is not a number');
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size: Number(size) }) };
}

/**
 * Reads a tar archive (ustar, pax and GNU's long names) entry by entry.
 * @throws TarError
 */
export async function* readTar(source: AsyncIterable<Uint8Array>, limits: TarLimits): AsyncGenerator<TarEntry> {
  const take = createTake(source, limits);
  let override: { path?: string; size?: number } = {};
  for (;;) {
    const block = await take(blockBytes);
    // An archive ends with blocks of zeros; some only end.
    if (block === undefined || block.every((byte) => byte === 0)) return;
    const header = headerOf(block);
    if (['x', 'g', 'L', 'K'].includes(header.type)) {
      override = { ...override, ...(await overrideOf(take, header)) };
      continue;
    }
    const kind = kinds[header.type] ?? 'other';
    const size = override.size ?? header.size;
    if (size > (limits.entryBytesMax ?? limits.bytesMax))
      throw new TarError('TAR_TOO_LARGE', `An entry of the archive says it has ${size} bytes.`);
    const content = await bodyOf(take, size);
    const path = override.path ?? header.path;
    override = {};
    // Very old archives mark a folder only by the slash at the end of its name.
    const isFolder = kind === 'file' && path.endsWith('/');
    yield { path, kind: isFolder ? 'folder' : kind, mode: header.mode, bytes: kind === 'file' && !isFolder ? content : Buffer.alloc(0) };
  }
}
