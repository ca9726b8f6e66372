// INVARIANTS
// - One thread at most, one task in it at a time; who waits is counted, and who would wait too long is told at once.
// - A thread that does not answer in time is ended, and the next task gets a new one.
// - Nothing that the thread prints gets out, and no failure of it is one of this process.
import { Worker } from 'node:worker_threads';
import type { CancelTimer, Clock } from '@sluice/platform';

/** What the thread answered, or why it did not: it took too long, ended, or too many tasks wait for it. */
export type ThreadOutcome<Answer> =
  | { kind: 'done'; answer: Answer }
  | { kind: 'timed_out' }
  | { kind: 'failed'; problem: string }
  | { kind: 'busy' };

export type Thread<Task, Answer> = {
  ask(task: Task): Promise<ThreadOutcome<Answer>>;
  /** Ends the thread; no task is done afterwards. */
  close(): Promise<void>;
};

export type ThreadOptions = {
  clock: Pick<Clock, 'setTimer'>;
  /** Milliseconds for one task, from when its turn comes. */
  timeoutMs: number;
  waitingMax?: number;
  /** Milliseconds after which a thread with nothing to do is ended. */
  idleMs?: number;
};

const memoryMaxMb = 1024;

function startWorker(module: URL): Worker {
  const worker = new Worker(module, {
    stdout: true,
    stderr: true,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMaxMb },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}

/** Gives a task to the thread and waits for its answer, or for its end. */
function askOnce<Task, Answer>(worker: Worker, task: Task, timer: (onTime: () => void) => CancelTimer): Promise<ThreadOutcome<Answer>> {
  return new Promise((resolve) => {
    const settle = (outcome: ThreadOutcome<Answer>): void => {
      cancel();
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve(outcome);
    };
    const onMessage = (answer: Answer): void => settle({ kind: 'done', answer });
    const onError = (error: unknown): void => settle({ kind: 'failed', problem: error instanceof Error ? error.name : 'Error' });
    const onExit = (): void => settle({ kind: 'failed', problem: 'the thread ended' });
    const cancel = timer(() => settle({ kind: 'timed_out' }));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(task);
  });
}

/** A thread that runs a module, which answers each message with one. It is started when the first task comes. */
export function createThread<Task, Answer>(module: URL, options: ThreadOptions): Thread<Task, Answer> {
  const { clock, timeoutMs, waitingMax = 8, idleMs = 60_000 } = options;
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
  const run = async (task: Task): Promise<ThreadOutcome<Answer>> => {
    if (isClosed) return { kind: 'busy' };
    cancelIdle();
    worker ??= startWorker(module);
    const outcome = await askOnce<Task, Answer>(worker, task, (onTime) => clock.setTimer(timeoutMs, onTime));
    if (outcome.kind === 'done') cancelIdle = clock.setTimer(idleMs, () => void end());
    else await end();
    return outcome;
  };
  return {
    ask: async (task) => {
      if (waiting >= waitingMax || isClosed) return { kind: 'busy' };
      waiting += 1;
      const turn = last.then(() => run(task));
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
