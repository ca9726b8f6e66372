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

/** The superuser's password: made once per data folder, readable by its owner only. */
async function password(folders: Folders): Promise<string> {
  const path = join(folders.root, 'password');
  const existing = (await readIfThere(path))?.trim();
  if (existing !== undefined && existing !== '') return existing;
  const made = randomBytes(PASSWORD_BYTES).toString('base64url');
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
  return made;
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
 * @throws EmbeddedPostgresError INITIALISE_FAILED with what initdb wrote
 */
export async function ensureCluster(
  folders: Folders,
  binaries: Binaries,
  options: { account: Account | undefined; durability: Durability; onProgress: (message: string) => void },
): Promise<string> {
  const secret = await password(folders);
  if ((await readIfThere(join(folders.data, 'PG_VERSION'))) === undefined) {
    options.onProgress('initialising a private Postgres');
    await initialise(folders, binaries, { ...options, secret });
  }
  return secret;
}
