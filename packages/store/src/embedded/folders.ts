import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { type Account, canReach, giveTo } from './account.ts';

/** Where everything of one private Postgres lies. */
export type Folders = {
  /** As the caller named it; holds the password and the owner's mark. */
  root: string;
  /** Holds the rest: the root itself, unless the server's account may not enter it. */
  home: string;
  /** The cluster (PGDATA). */
  data: string;
  /** Holds the Unix socket; its path is short enough for one. */
  socket: string;
  log: string;
};

/** Where root keeps what the server's account must reach when the data folder itself lies out of its reach. */
export const SHARED_FOLDER = '/var/lib/sluice';

// sun_path holds 108 bytes on Linux and 104 on macOS; `/.s.PGSQL.5432` takes 14 of them.
const SOCKET_FOLDER_BYTES_MAX = 86;

function shortName(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

async function makeOwned(path: string, account: Account | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  await giveTo(path, account);
}

/** Makes the folders, private to the server's account. */
export async function makeFolders(folder: string, account: Account | undefined): Promise<Folders> {
  const root = resolve(folder);
  await mkdir(root, { recursive: true, mode: 0o755 });
  const reachable = account === undefined || (await canReach(join(root, 'x'), account));
  const home = reachable ? root : join(SHARED_FOLDER, shortName(root));
  if (!reachable) await mkdir(home, { recursive: true, mode: 0o755 });
  const near = join(home, 'run');
  const socket = Buffer.byteLength(near) <= SOCKET_FOLDER_BYTES_MAX ? near : join(tmpdir(), `sluice-${shortName(root)}`);
  const folders = { root, home, data: join(home, 'data'), socket, log: join(home, 'log') };
  await makeOwned(folders.socket, account);
  await makeOwned(folders.log, account);
  // Somebody else's folder in a shared temporary folder would let them listen in our place.
  const owner = (await stat(socket)).uid;
  if (owner !== (account?.uid ?? process.getuid?.() ?? owner)) throw new Error(`${socket} belongs to another user`);
  return folders;
}

/** Reads a small file; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
