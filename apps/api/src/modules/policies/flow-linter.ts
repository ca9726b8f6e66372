// INVARIANTS
// - One thread at most, one file in it at a time; who waits is counted, and who would wait too long is told at once.
// - A thread that does not answer in time is ended, and the next file gets a new one.
// - Nothing that nrlint prints gets out, and no failure of it fails a check.
import { Worker } from 'node:worker_threads';
import type { CancelTimer, Clock } from '@sluice/platform';
import type { LintResult } from '@sluice/snapshot';
import type { LintAnswer } from './lint-worker.ts';

/** What nrlint found, or why it found nothing: it took too long, failed, or too many files wait for it. */
export type LintOutcome =
  | { kind: 'done'; results: LintResult[] }
  | { kind: 'timed_out' }
  | { kind: 'failed'; problem: string }
  | { kind: 'busy' };

export type FlowLinter = {
  /** @param flows a JSON list of nodes */
  lint(flows: Uint8Array): Promise<LintOutcome>;
  /** Ends the thread; nothing is linted afterwards. */
  close(): Promise<void>;
};

export type FlowLinterOptions = { clock: Pick<Clock, 'setTimer'>; timeoutMs?: number; waitingMax?: number; idleMs?: number };

const memoryMax = 512;

function startWorker(): Worker {
  const worker = new Worker(new URL('./lint-worker.ts', import.meta.url), {
    name: 'nrlint',
    stdout: true,
    stderr: true,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMax },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}

/** Gives a file to the thread and waits for its answer, or for its end. */
function ask(worker: Worker, flows: Uint8Array, timer: (onTime: () => void) => CancelTimer): Promise<LintOutcome> {
  return new Promise((resolve) => {
    const settle = (outcome: LintOutcome): void => {
      cancel();
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve(outcome);
    };
    const onMessage = (answer: LintAnswer): void =>
      settle('results' in answer ? { kind: 'done', results: answer.results } : { kind: 'failed', problem: answer.problem });
    const onError = (error: unknown): void => settle({ kind: 'failed', problem: error instanceof Error ? error.name : 'Error' });
    const onExit = (): void => settle({ kind: 'failed', problem: 'the thread ended' });
    const cancel = timer(() => settle({ kind: 'timed_out' }));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(flows);
  });
}

/** Runs nrlint beside the event loop. Times in milliseconds. */
export function createFlowLinter(options: FlowLinterOptions): FlowLinter {
  const { clock, timeoutMs = 20_000, waitingMax = 8, idleMs = 60_000 } = options;
  let worker: Worker | undefined;
  let cancelIdle: CancelTimer = () => undefined;
  let waiting = 0;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    cancelIdle();
    const ended = worker;
    worker = undefined;
    // Without a listener an error on the way out would be thrown into the process.
    ended?.on('error', () => undefined);
    await ended?.terminate();
  };
  const run = async (flows: Uint8Array): Promise<LintOutcome> => {
    if (isClosed) return { kind: 'busy' };
    cancelIdle();
    worker ??= startWorker();
    const outcome = await ask(worker, flows, (onTime) => clock.setTimer(timeoutMs, onTime));
    if (outcome.kind === 'timed_out' || outcome.kind === 'failed') await end();
    else cancelIdle = clock.setTimer(idleMs, () => void end());
    return outcome;
  };
  return {
    lint: async (flows) => {
      if (waiting >= waitingMax || isClosed) return { kind: 'busy' };
      waiting += 1;
      const turn = last.then(() => run(flows));
      last = turn.catch(() => undefined);
      try {
        return await turn;
      } finally {
        waiting -= 1;
      }
    },
    close: async () => {
      isClosed = true;
      await end();
    },
  };
}
