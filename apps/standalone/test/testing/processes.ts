import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export type RunningProcess = { pid: number; parent: number; commandLine: string };

/** What /proc says; an empty text for what is gone, or is not ours to read. */
function read(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}

function parentOf(pid: number): number {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name in parentheses may hold blanks: count fields from its end.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? -1 : Number(parent ?? -1);
}

/**
 * Every process that has to do with a data folder: it stands on the command line, in the environment, or is where the process works.
 * Needs /proc, so Linux.
 */
export function processesOf(folder: string): RunningProcess[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.flatMap((pid) => {
    const commandLine = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    const environment = read(() => readFileSync(`/proc/${pid}/environ`, 'utf8'));
    const workingFolder = read(() => readlinkSync(`/proc/${pid}/cwd`));
    const parent = parentOf(pid);
    const isOurs = [commandLine, environment, workingFolder].some((text) => text.includes(folder));
    return isOurs && parent > 0 && pid !== process.pid ? [{ pid, parent, commandLine }] : [];
  });
}
