import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Account, giveTo } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { type Folders, readIfThere } from './folders.ts';
import { run } from './run.ts';
import type { Durability } from './settings.ts';

export const SUPERUSER = 'sluice';
const PASSWORD_BYTES = 24;

function passwordPath(folders: Folders): string {
  return join(folders.root, 'password');
}

/** Makes the superuser's password: one per data folder, readable by its owner only. */
async function makePassword(folders: Folders): Promise<string> {
  const made = randomBytes(PASSWORD_BYTES).toString('base64url');
  await writeFile(passwordPath(folders), `${made}\n`, { mode: 0o600 });
  await chmod(passwordPath(folders), 0o600);
  return made;
}

/**
 * What to do with a cluster whose password is gone. Beside the data folder it means that the folder was removed: the cluster is moved aside.
 * @throws EmbeddedPostgresError INITIALISE_FAILED when it lies in the folder itself
 */
async function setAside(folders: Folders): Promise<void> {
  if (folders.home === folders.root) {
    throw new EmbeddedPostgresError(
      'INITIALISE_FAILED',
      `${passwordPath(folders)} is missing, and without it the data beside it cannot be opened: restore it from a backup, or remove ${folders.data}`,
    );
  }
  await rm(`${folders.data}.old`, { recursive: true, force: true });
  await rename(folders.data, `${folders.data}.old`);
}

async function initialise(
  folders: Folders,
  binaries: Binaries,
  options: { account: Account | undefined; durability: Durability; secret: string },
) {
  // Made aside and renamed when complete: an interrupted start leaves no half-made cluster.
  const unfinished = `${folders.data}.new`;
  const passwordFile = join(folders.socket, 'initial-password');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await giveTo(unfinished, options.account);
  await writeFile(passwordFile, `${options.secret}\n`, { mode: 0o600 });
  await giveTo(passwordFile, options.account);
  const finished = await run(
    binaries.initdb,
    [
      `--pgdata=${unfinished}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Postgres' own rules of order: an update of the operating system cannot corrupt an index.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--data-checksums',
      ...(options.durability === 'none' ? ['--no-sync'] : []),
    ],
    options.account,
  );
  await rm(passwordFile, { force: true });
  if (finished.code !== 0)
    throw new EmbeddedPostgresError('INITIALISE_FAILED', `initdb ended with code ${finished.code}:\n${finished.output}`);
  await rename(unfinished, folders.data);
}

/**
 * Makes the cluster when there is none.
 * @returns the superuser's password
 * @throws EmbeddedPostgresError INITIALISE_FAILED with what initdb wrote, or because the password is missing
 */
export async function ensureCluster(
  folders: Folders,
  binaries: Binaries,
  options: { account: Account | undefined; durability: Durability; onProgress: (message: string) => void },
): Promise<string> {
  const exists = (await readIfThere(join(folders.data, 'PG_VERSION'))) !== undefined;
  const existing = (await readIfThere(passwordPath(folders)))?.trim();
  if (exists && existing !== undefined && existing !== '') return existing;
  if (exists) await setAside(folders);
  options.onProgress('initialising a private Postgres');
  const secret = await makePassword(folders);
  await initialise(folders, binaries, { ...options, secret });
  return secret;
}
