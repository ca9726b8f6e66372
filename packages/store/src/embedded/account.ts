// Postgres refuses to run as root. Started by root, it runs as the account `postgres`, which is made when the machine has none.
import { chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { EmbeddedPostgresError } from './errors.ts';
import { run } from './run.ts';

/** The numeric identity that the server runs under. */
export type Account = { uid: number; gid: number };

const ACCOUNT_NAME = 'postgres';

async function lookUp(): Promise<Account | undefined> {
  const [user, group] = await Promise.all([run('id', ['-u', ACCOUNT_NAME]), run('id', ['-g', ACCOUNT_NAME])]);
  if (user.code !== 0 || group.code !== 0) return undefined;
  return { uid: Number.parseInt(user.output, 10), gid: Number.parseInt(group.output, 10) };
}

/**
 * The account for the server: undefined (run as ourselves) unless we are root.
 * @throws EmbeddedPostgresError INITIALISE_FAILED when root cannot make the account
 */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await lookUp();
  if (existing !== undefined) return existing;
  const group = await run('groupadd', ['--system', ACCOUNT_NAME]);
  const user = await run('useradd', ['--system', '--gid', ACCOUNT_NAME, '--no-create-home', '--shell', '/usr/sbin/nologin', ACCOUNT_NAME]);
  const made = await lookUp();
  if (made === undefined) {
    throw new EmbeddedPostgresError(
      'INITIALISE_FAILED',
      `Postgres does not run as root, and the account "${ACCOUNT_NAME}" could not be made: ${group.output} ${user.output}. Start as an ordinary user, or set DATABASE_URL.`,
    );
  }
  return made;
}

/** Whether an account may pass through every folder above `path`: a home folder of root usually lets nobody through. */
export async function canReach(path: string, account: Account): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Hands a file or folder to the account; nothing when there is none. */
export async function giveTo(path: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}
