import { execFile } from 'node:child_process';
import {
  appendFile,
  constants,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  statfs,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemErrorCode } from '../errors.ts';
import type { FileSystem } from './file-system.ts';

const execute = promisify(execFile);
const syncTreeTimeoutMs = 120_000;
/** What file systems say that have no hard links, or no more of them for one file. */
const noHardLinks: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP']);

/** Turns "no such file" into undefined and leaves every other error. */
async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncEach(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncEach(path);
    else if (entry.isFile()) await sync(path);
  }
  await sync(folder);
}

function kindOf(stats: Awaited<ReturnType<typeof lstat>>): 'file' | 'folder' | 'link' | 'other' {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

/** The disk of this machine. */
export const nodeFileSystem: FileSystem = {
  read: (path) => orUndefined(readFile(path)),
  write: (path, bytes, mode = 0o600) => writeFile(path, bytes, { mode }),
  append: (path, bytes) => appendFile(path, bytes, { mode: 0o600 }),
  truncate,
  syncFile: sync,
  syncFolder: sync,
  syncTree: async (path) => {
    try {
      // One syncfs(2) instead of an fsync for each of twenty thousand files.
      await execute('sync', ['-f', path], { timeout: syncTreeTimeoutMs });
    } catch {
      await syncEach(path);
    }
  },
  rename,
  remove: (path) => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  makeFolder: async (path, mode = 0o755) => void (await mkdir(path, { recursive: true, mode })),
  claimFolder: async (path) => {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw error;
    }
  },
  linkFile: async (from, to) => {
    try {
      await link(from, to);
    } catch (error) {
      if (!noHardLinks.has(systemErrorCode(error) ?? '')) throw error;
      await copyFile(from, to, constants.COPYFILE_FICLONE);
    }
  },
  makeLink: symlink,
  readLink: (path) => orUndefined(readlink(path)),
  list: async (path) => ((await orUndefined(readdir(path))) ?? []).sort(),
  stat: async (path) => {
    const stats = await orUndefined(lstat(path));
    return stats === undefined ? undefined : { kind: kindOf(stats), size: Number(stats.size) };
  },
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};
