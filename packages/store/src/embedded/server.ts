// INVARIANTS
// 1. The server never outlives us for long: a watcher holds the other end of a pipe of ours and asks the server for a fast shutdown when
//    the pipe closes, in whatever way we end. Should the watcher be killed too, the next start finds the server by its pid file.
// 2. Two servers never share a data folder: what runs there is stopped before ours starts (Postgres checks it once more by itself).
// 3. A stop is a fast shutdown (SIGINT) and, only if that takes too long, an immediate one (SIGQUIT), after which Postgres recovers.
import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '@sluice/platform/clock';

import type { Account } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { readIfThere } from './folders.ts';
import { isAlive, signalProcess } from './processes.ts';

const POLL_MS = 20;
const START_TIMEOUT_MS = 120_000;
const FAST_STOP_TIMEOUT_MS = 30_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 10_000;
const READY_LINE = 7;

/** Waits until `condition` holds; false when `timeoutMs` is over. */
async function until(condition: () => boolean | Promise<boolean>, clock: Clock, timeoutMs: number): Promise<boolean> {
  const deadline = clock.monotonic() + timeoutMs;
  while (!(await condition())) {
    if (clock.monotonic() >= deadline) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}

async function pidFileLines(dataFolder: string): Promise<string[]> {
  return ((await readIfThere(join(dataFolder, 'postmaster.pid'))) ?? '').split('\n');
}

/**
 * Whether a process is the server of this data folder: a pid in an old file may meanwhile belong to anybody.
 * Without /proc a living process counts as the server; Postgres itself then decides at its start.
 */
async function servesFolder(pid: number, dataFolder: string): Promise<boolean> {
  const commandLine = await readIfThere(`/proc/${pid}/cmdline`).catch(() => '');
  return commandLine === undefined ? isAlive(pid) && process.platform !== 'linux' : commandLine.includes(dataFolder);
}

/** The pid of a server that runs on the data folder, whoever started it. */
export async function runningServer(dataFolder: string): Promise<number | undefined> {
  const pid = Number((await pidFileLines(dataFolder))[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  return (await servesFolder(pid, dataFolder)) ? pid : undefined;
}

/** @throws EmbeddedPostgresError STOP_FAILED when the process survives both kinds of shutdown */
export async function stopServer(pid: number, clock: Clock): Promise<void> {
  signalProcess(pid, 'SIGINT');
  if (await until(() => !isAlive(pid), clock, FAST_STOP_TIMEOUT_MS)) return;
  signalProcess(pid, 'SIGQUIT');
  if (await until(() => !isAlive(pid), clock, IMMEDIATE_STOP_TIMEOUT_MS)) return;
  throw new EmbeddedPostgresError('STOP_FAILED', `Postgres (process ${pid}) does not end`);
}

/**
 * Sends SIGINT to a process as soon as this one ends, in whatever way: kill -9 included. It needs nothing but a POSIX shell.
 * @param child whose end makes it unnecessary
 */
export function endWithThisProcess(child: ChildProcess, pid: number): void {
  // The shell waits for a line that never comes; when we end, the pipe closes and it goes on.
  const watcher = spawn('/bin/sh', ['-c', 'read line; kill -INT "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.once('error', () => undefined);
  watcher.stdin?.once('error', () => undefined);
  watcher.unref();
  child.once('exit', () => watcher.kill('SIGKILL'));
}

export type RunningServer = { pid: number; exited: Promise<void> };

type StartOptions = {
  program: string;
  dataFolder: string;
  logFolder: string;
  settings: Record<string, string>;
  account: Account | undefined;
  clock: Clock;
};

// After a kill -9 of the server its own children go on for a moment and hold its shared memory: they end by themselves.
const LEFTOVER_MEMORY = 'pre-existing shared memory block';
const LEFTOVER_TIMEOUT_MS = 30_000;
const LEFTOVER_RETRY_MS = 200;

/**
 * Starts the server and waits until it takes connections.
 * @throws EmbeddedPostgresError START_FAILED with the server's last words
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const deadline = options.clock.monotonic() + LEFTOVER_TIMEOUT_MS;
  for (;;) {
    try {
      return await startOnce(options);
    } catch (error) {
      const isLeftover = error instanceof EmbeddedPostgresError && error.message.includes(LEFTOVER_MEMORY);
      if (!isLeftover || options.clock.monotonic() >= deadline) throw error;
      await options.clock.sleep(LEFTOVER_RETRY_MS);
    }
  }
}

async function startOnce(options: StartOptions): Promise<RunningServer> {
  const logPath = join(options.logFolder, 'start.log');
  const log = await open(logPath, 'w', 0o600);
  const flags = Object.entries(options.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(options.program, ['-D', options.dataFolder, ...flags], {
    stdio: ['ignore', log.fd, log.fd],
    // A process group of its own: Ctrl-C in a terminal must reach the server after the processes that use it.
    detached: true,
    cwd: options.dataFolder,
    ...(options.account === undefined ? {} : { uid: options.account.uid, gid: options.account.gid }),
  });
  const state = { ended: false };
  const exited = new Promise<void>((resolve) => {
    const end = (): void => {
      state.ended = true;
      resolve();
    };
    child.once('error', end);
    child.once('exit', end);
  });
  await log.close();
  const pid = child.pid;
  // From the first moment on: recovery after a crash may take long, and we may be killed meanwhile.
  if (pid !== undefined) endWithThisProcess(child, pid);
  const isReady = async (): Promise<boolean> => {
    const lines = await pidFileLines(options.dataFolder);
    return state.ended || (lines[0] === String(pid) && lines[READY_LINE]?.trim() === 'ready');
  };
  const ready = await until(isReady, options.clock, START_TIMEOUT_MS);
  if (pid === undefined || state.ended || !ready) {
    if (pid !== undefined && !state.ended) await stopServer(pid, options.clock);
    throw new EmbeddedPostgresError('START_FAILED', `Postgres did not start:\n${(await readIfThere(logPath)) ?? ''}`);
  }
  return { pid, exited };
}
