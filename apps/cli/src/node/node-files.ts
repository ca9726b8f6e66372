import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { FileKind, Files } from '../ports.ts';

const fileBytesMax = 64 * 1024 * 1024;

const codeOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, 'code') : undefined);

function unreadable(path: string, error: unknown): CliError {
  const code = codeOf(error);
  return new CliError('FILE_UNREADABLE', `${path} cannot be read (${String(code)}).`, { exitCode: exitCodes.usage, cause: error });
}

async function kind(path: string): Promise<FileKind> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'none';
    throw unreadable(path, error);
  }
}

async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax)
      throw new CliError('FILE_TOO_LARGE', `${path} has more than ${fileBytesMax} bytes.`, { exitCode: exitCodes.usage });
    return await readFile(path);
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
}

async function read(path: string): Promise<string | undefined> {
  const bytes = await readBytes(path);
  return bytes && Buffer.from(bytes).toString('utf8');
}

async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new CliError('FILE_UNWRITABLE', `${path} cannot be written (${String(codeOf(error))}).`, { cause: error });
  }
}

/** Writes beside the file, flushes and renames, so that a crash leaves the old file or the new one. */
async function replacePrivately(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) yield chunk as Buffer;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Bytes that come from elsewhere: their errors are not those of the disk. */
async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>, check: (written: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    const handle = await open(temporary, 'wx').catch((error: unknown) => writing(path, () => Promise.reject(error)));
    try {
      for await (const chunk of chunks) await writing(path, async () => void (await handle?.write(chunk)));
      await writing(path, async () => handle?.sync());
    } finally {
      await handle?.close();
    }
    await check(temporary);
    await writing(path, () => rename(temporary, path));
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The files of the machine. */
export const nodeFiles: Files = {
  kind,
  read,
  readBytes,
  readChunks,
  writeChunks,
  list: async (folder) => {
    try {
      return (await readdir(folder)).sort();
    } catch (error) {
      throw unreadable(folder, error);
    }
  },
  write: (path, content) =>
    writing(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }),
  writePrivate: (path, text) => writing(path, () => replacePrivately(path, text)),
};
