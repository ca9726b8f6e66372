import { spawn } from 'node:child_process';
import { open, readdir, readFile } from 'node:fs/promises';
import type { Processes, ProcessIdentity } from './processes.ts';

/** State and start time of a process from `/proc/<pid>/stat`; undefined when it is gone or there is no `/proc`. */
async function readProcStat(pid: number): Promise<{ state: string; startedAt: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The second field is the command in parentheses and may itself hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startedAt] = [fields[0], fields[19]];
  return state === undefined || startedAt === undefined ? undefined : { state, startedAt };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!exists(pid)) return undefined;
  const stat = await readProcStat(pid);
  if (stat?.state === 'Z') return undefined;
  return { pid, startedAt: stat?.startedAt ?? null };
}

async function findByEnvironment(name: string, value: string): Promise<ProcessIdentity | undefined> {
  const wanted = Buffer.from(`\0${name}=${value}\0`);
  const pids = (await readdir('/proc').catch(() => [])).filter((entry) => /^\d+$/.test(entry));
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`).catch(() => undefined);
    if (environment !== undefined && Buffer.concat([Buffer.from('\0'), environment]).includes(wanted)) {
      const identity = await identify(Number(pid));
      if (identity !== undefined) return identity;
    }
  }
  return undefined;
}

async function spawnDetached(options: Parameters<Processes['spawnDetached']>[0]): Promise<ProcessIdentity> {
  const log = await open(options.logFile, 'a', 0o600);
  try {
    const child = spawn(options.executable, options.args, {
      cwd: options.workingDirectory,
      env: options.environment,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    return (await identify(pid)) ?? { pid, startedAt: null };
  } finally {
    await log.close();
  }
}

/** The processes of this machine. */
export const nodeProcesses: Processes = {
  spawnDetached,
  isAlive: async ({ pid, startedAt }) => {
    const now = await identify(pid);
    return now !== undefined && (startedAt === null || now.startedAt === null || now.startedAt === startedAt);
  },
  identify,
  findByEnvironment,
  signal: ({ pid }, signal, options = { group: false }) => {
    try {
      process.kill(options.group ? -pid : pid, signal);
    } catch {
      // ESRCH: it is gone.
    }
  },
};
