const blockBytes = 512;

/** What an archive ends with. */
export const tarEnd: Uint8Array = new Uint8Array(2 * blockBytes);

/** Zeros up to the next whole block. */
export function tarPadding(length: number): Uint8Array {
  return new Uint8Array((blockBytes - (length % blockBytes)) % blockBytes);
}

function block(entry: { path: string; length: number; mode: number; type: '0' | 'x' }): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  const octal = (value: number, start: number, size: number): void => {
    bytes.write(`${value.toString(8).padStart(size - 1, '0')}\0`, start, 'latin1');
  };
  bytes.write(entry.path, 0, 100, 'utf8');
  octal(entry.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.length, 124, 12);
  octal(0, 136, 12);
  bytes.fill(0x20, 148, 156);
  bytes.write(entry.type, 156, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

/** `<length> path=<path>\n`, where the length counts its own digits. */
function pathRecord(path: string): Buffer {
  const rest = Buffer.byteLength(` path=${path}\n`);
  let length = rest + String(rest).length;
  if (String(length).length + rest !== length) length = rest + String(length).length;
  return Buffer.from(`${length} path=${path}\n`);
}

/** The header of a file: nothing in it depends on who writes it or when, so the same files give the same archive. */
export function tarHeader(file: { path: string; length: number; mode?: number }): Uint8Array {
  const entry = { ...file, mode: file.mode ?? 0o644, type: '0' as const };
  if (Buffer.byteLength(file.path) <= 100) return block(entry);
  const record = pathRecord(file.path);
  const extended = block({ path: 'pax', length: record.length, mode: 0o644, type: 'x' });
  return Buffer.concat([extended, record, tarPadding(record.length), block({ ...entry, path: 'long-path' })]);
}
