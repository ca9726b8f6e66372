import { readdir, readFile } from 'node:fs/promises';

/** What some work took, in milliseconds: on the clock, and of processors, by this process and the database together. */
export type Spent = { ms: number; cpuMs: number };

export const nothingSpent: Spent = { ms: 0, cpuMs: 0 };

export const sum = (parts: readonly Spent[]): Spent => ({
  ms: parts.reduce((total, { ms }) => total + ms, 0),
  cpuMs: parts.reduce((total, { cpuMs }) => total + cpuMs, 0),
});

export type Meter = (work: () => Promise<unknown>) => Promise<Spent>;

/** Nanoseconds that a process was on a processor (proc(5), schedstat); 0 when it has ended. */
async function cpuNanoseconds(pid: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '0');
  return Number(text.split(' ')[0]);
}

async function parentOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Processor time of the server and all its processes, by process: those that serve connections, write the log and clean up. */
async function readServer(serverPid: number): Promise<Map<string, number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = await Promise.all(
    pids.map(
      async (pid): Promise<[string, number] | undefined> =>
        pid === `${serverPid}` || (await parentOf(pid)) === serverPid ? [pid, await cpuNanoseconds(pid)] : undefined,
    ),
  );
  return new Map(read.filter((entry) => entry !== undefined));
}

/** Measures work of this process on a server. Needs Linux for the time of processors, which a busy machine does not change. */
export function createMeter(serverPid: () => number): Meter {
  return async (work) => {
    const before = await readServer(serverPid());
    const own = process.cpuUsage();
    const startedAt = performance.now();
    await work();
    const ms = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(own);
    const after = await readServer(serverPid());
    const server = [...after].reduce((total, [pid, nanoseconds]) => total + nanoseconds - (before.get(pid) ?? 0), 0);
    return { ms, cpuMs: (user + system) / 1_000 + server / 1_000_000 };
  };
}
