import { readFile } from 'node:fs/promises';

/** Linux counts CPU time in hundredths of a second (USER_HZ) on every platform that Node runs on. */
const microsecondsPerTick = 10_000;

/** CPU time (user and system) that a process has used, in microseconds. @throws when it does not run, or this is not Linux */
export async function cpuMicroseconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program stands in parentheses and may hold anything: proc(5) counts from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
}
