// INVARIANTS
// 1. A child never outlives its parent: when the parent ends in any way, kill -9 included, the IPC channel closes and the guard that
//    is preloaded into the child ends it (SIGTERM first, SIGKILL after a grace).
// 2. A child has its own process group, so Ctrl-C in a terminal reaches only the parent, which then stops its children in its order.
// 3. `stop` ends with the whole group gone. (A grandchild that moved to a group of its own is meant to live on.)
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { type Clock, systemClock } from '../clock.ts';
import { isReadyMessage } from './ready.ts';

/** How a child shows that it is ready: lines on standard output, all of them in any order, or `announceReady` in the child. */
export type Readiness = { lines: readonly RegExp[] } | 'message' | 'none';

export type ChildExit = { code: number | null; signal: NodeJS.Signals | null };

export type NodeChildOptions = {
  name: string;
  /** Script to run: a .ts, .mjs or .js file. */
  entry: string;
  args?: readonly string[];
  nodeArgs?: readonly string[];
  /** The complete environment of the child, but for where Node keeps what it has compiled: a child keeps it where this process does. */
  environment: Record<string, string | undefined>;
  workingDirectory?: string;
  ready: Readiness;
  /** Longest time until ready (default 60 s). */
  readyTimeoutMs?: number;
  /** Receives every line of both outputs. */
  onLine?: (line: string, source: 'stdout' | 'stderr') => void;
  /** Node executable (default: the one that runs now). */
  executable?: string;
  clock?: Pick<Clock, 'setTimer'>;
};

export type NodeChild = {
  name: string;
  pid: number;
  /** The line that was waited for last, or the details that showed readiness. */
  readyLine: string | undefined;
  readyDetails: Record<string, unknown>;
  /** Resolves when the process has ended, whoever ended it. */
  exited: Promise<ChildExit>;
  /** Sends a signal to the child alone, e.g. SIGKILL in a fault test. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL for its whole group after `graceMs` (default 10 s). */
  stop(graceMs?: number): Promise<ChildExit>;
};

/** The child ended or stayed silent before it was ready; `output` holds its last lines. */
export class ChildStartError extends Error {
  override readonly name = 'ChildStartError';
  readonly code = 'CHILD_START_FAILED';
  readonly output: string;

  constructor(message: string, output: string) {
    super(output === '' ? message : `${message}; its last output:\n${output}`);
    this.output = output;
  }
}

const GUARD_GRACE_MS = 10_000;
const OUTPUT_LINES_KEPT = 40;

// Inlined as a data URL, so that it also works from inside a bundle. The channel is unreferenced: the guard keeps no process alive.
const GUARD = `data:text/javascript,${encodeURIComponent(`
if (process.channel) {
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${GUARD_GRACE_MS}).unref();
  });
  process.channel.unref();
}`)}`;

const living = new Set<number>();

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is gone, which is what was wanted.
  }
}

function track(pid: number): void {
  if (living.size === 0) process.once('exit', killLiving);
  living.add(pid);
}

function untrack(pid: number): void {
  living.delete(pid);
  if (living.size === 0) process.removeListener('exit', killLiving);
}

function killLiving(): void {
  for (const pid of living) killGroup(pid, 'SIGKILL');
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', onLine);
}

function exitOf(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
}

type ReadyFacts = { line?: string; details?: Record<string, unknown> };

type Output = { tail: string[]; onLine: Set<(line: string) => void> };

function collectOutput(child: ChildProcess, options: NodeChildOptions): Output {
  const output: Output = { tail: [], onLine: new Set() };
  const take = (source: 'stdout' | 'stderr') => (line: string) => {
    output.tail.push(line);
    if (output.tail.length > OUTPUT_LINES_KEPT) output.tail.shift();
    options.onLine?.(line, source);
    if (source === 'stdout') for (const listener of output.onLine) listener(line);
  };
  readLines(child.stdout, take('stdout'));
  readLines(child.stderr, take('stderr'));
  return output;
}

function onAllLines(output: Output, patterns: readonly RegExp[], found: (last: string) => void): void {
  const missing = new Set(patterns);
  output.onLine.add((line) => {
    for (const pattern of missing) if (pattern.test(line)) missing.delete(pattern);
    if (missing.size === 0) found(line);
  });
}

function waitUntilReady(child: ChildProcess, output: Output, options: NodeChildOptions): Promise<ReadyFacts> {
  const { ready, name, clock = systemClock } = options;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new ChildStartError(`${name} ${reason}`, output.tail.join('\n')));
    const timeoutMs = options.readyTimeoutMs ?? 60_000;
    const cancelTimer = clock.setTimer(timeoutMs, () => fail(`was not ready after ${timeoutMs} ms`));
    const finish = (facts: ReadyFacts): void => {
      cancelTimer();
      resolve(facts);
    };
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      cancelTimer();
      fail(`ended before it was ready (${signal ?? `code ${code}`})`);
    });
    if (ready === 'none') child.once('spawn', () => finish({}));
    else if (ready === 'message') child.on('message', (message) => isReadyMessage(message) && finish({ details: message.details }));
    else onAllLines(output, ready.lines, (line) => finish({ line }));
  });
}

async function stopChild(child: ChildProcess, exited: Promise<ChildExit>, grace: { ms: number; clock: Pick<Clock, 'setTimer'> }) {
  child.kill('SIGTERM');
  const pid = child.pid;
  const cancelTimer = grace.clock.setTimer(grace.ms, () => pid !== undefined && killGroup(pid, 'SIGKILL'));
  const exit = await exited;
  cancelTimer();
  if (pid !== undefined) killGroup(pid, 'SIGKILL');
  return exit;
}

/**
 * Starts a Node process and waits until it is ready.
 * @throws ChildStartError when it ends or the time is over before that; nothing of it is left running then
 */
export async function startNodeChild(options: NodeChildOptions): Promise<NodeChild> {
  const clock = options.clock ?? systemClock;
  const child = spawn(
    options.executable ?? process.execPath,
    ['--import', GUARD, ...(options.nodeArgs ?? []), options.entry, ...(options.args ?? [])],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
      env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...options.environment },
      ...(options.workingDirectory === undefined ? {} : { cwd: options.workingDirectory }),
    },
  );
  const output = collectOutput(child, options);
  const exited = exitOf(child);
  const pid = child.pid ?? 0;
  if (pid > 0) track(pid);
  void exited.then(() => untrack(pid));
  const stop = (graceMs = 10_000): Promise<ChildExit> => stopChild(child, exited, { ms: graceMs, clock });
  try {
    const facts = await waitUntilReady(child, output, options);
    const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
    return { name: options.name, pid, readyLine: facts.line, readyDetails: facts.details ?? {}, exited, kill, stop };
  } catch (error) {
    if (pid > 0) await stop(1_000);
    throw error;
  }
}
