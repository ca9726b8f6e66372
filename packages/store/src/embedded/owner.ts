// One control plane per data folder: the mark names the process that runs the server, so that a second start does not stop the first one's.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { EmbeddedPostgresError } from './errors.ts';
import { isAlive, startMark } from './processes.ts';

function markPath(root: string): string {
  return join(root, 'owner');
}

async function livingOwner(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [pidText = '', mark = ''] = text.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid) || startMark(pid) !== mark) return undefined;
  // Without start marks our own pid in an old mark is a coincidence, as in containers where every first process has the same one.
  return pid === process.pid && mark === '' ? undefined : pid;
}

/**
 * Marks the folder as ours; the mark of a dead process is replaced.
 * @throws EmbeddedPostgresError FOLDER_IN_USE when a living process has it
 */
export async function takeOwnership(root: string): Promise<void> {
  const path = markPath(root);
  const owner = await livingOwner(path);
  if (owner !== undefined) {
    throw new EmbeddedPostgresError(
      'FOLDER_IN_USE',
      `${root} is in use by process ${owner}: stop that one first, or choose another data folder`,
    );
  }
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, `${process.pid} ${startMark(process.pid)}\n`, { mode: 0o600 });
  await rename(fresh, path);
}

/** Takes the mark away after the server has stopped. */
export async function giveUpOwnership(root: string): Promise<void> {
  await rm(markPath(root), { force: true });
}
