import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Marks the data folder as used by this process, so that two demos never share a database.
 * @returns a function that gives the folder back
 * @throws Error that names the other process when it still runs
 */
export async function takeFolder(folder: string): Promise<() => Promise<void>> {
  const mark = join(folder, 'demo.pid');
  const other = Number(await readFile(mark, 'utf8').catch(() => '0'));
  if (other > 0 && other !== process.pid && isAlive(other))
    throw new Error(`A demo already runs in ${folder} (process ${other}). End it with Ctrl-C first.`);
  await writeFile(mark, String(process.pid));
  return () => rm(mark, { force: true });
}

/** Empties the folder but for the mark that it is taken. */
export async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name !== 'demo.pid') await rm(join(folder, name), { recursive: true, force: true });
}
