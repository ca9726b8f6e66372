import { type Clock, systemClock } from '@sluice/platform/clock';
import type { Log } from '@sluice/platform/log';
import { UnrecoverableError } from 'bullmq';
import { Value } from 'typebox/value';
import { catalogue, isJobName, type JobName, type JobPayload, jobNames } from './catalogue.ts';
import { openWorker, type QueueConnection } from './connection.ts';
import { createTroubleLog } from './trouble-log.ts';
import { within } from './within.ts';

/** Does one kind of job. It may be called twice for the same job; the signal aborts at the job's timeout and when the process ends. */
export type JobHandler<N extends JobName> = (payload: JobPayload<N>, context: { signal: AbortSignal }) => Promise<void>;
export type JobHandlers = { [N in JobName]: JobHandler<N> };

export type JobRunner = {
  /** Resolves when the queue has been reached for the first time. */
  ready(): Promise<void>;
  /** Takes no new job, aborts the signals of those that run, and waits for them. */
  close(): Promise<void>;
};

export type JobRunnerOptions = QueueConnection & {
  handlers: JobHandlers;
  log: Log;
  clock?: Pick<Clock, 'setTimer' | 'monotonic'>;
  /** Jobs at once in this process (default 4). */
  concurrency?: number;
};

const closeTimeoutMs = 3_000;

/** The catalogue and the handlers do not match: a job would never be done, or a handler never be called. */
export class JobHandlersError extends Error {
  override readonly name = 'JobHandlersError';
  readonly code = 'JOB_HANDLERS_INVALID';
}

/** Throws unless there is exactly one handler for each job of the catalogue. */
export function checkHandlers(handlers: object): void {
  const missing = jobNames.filter((name) => !Object.hasOwn(handlers, name));
  const extra = Object.keys(handlers).filter((name) => !isJobName(name));
  if (missing.length === 0 && extra.length === 0) return;
  throw new JobHandlersError(`job handlers missing: ${missing.join(', ') || 'none'}; not in the catalogue: ${extra.join(', ') || 'none'}`);
}

/**
 * Runs the jobs of the queue with the given handlers.
 * @throws JobHandlersError when a handler is missing or belongs to no job
 */
export function createJobRunner(options: JobRunnerOptions): JobRunner {
  checkHandlers(options.handlers);
  const { log, clock = systemClock } = options;
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  const process = async (job: { name: string; data: unknown }): Promise<void> => {
    if (!isJobName(job.name)) throw new UnrecoverableError(`there is no job named ${job.name}`);
    const work = runJob(job.name, job.data, { handlers: options.handlers, clock, closing: closing.signal });
    running.add(work);
    try {
      await work;
    } finally {
      running.delete(work);
    }
  };
  const worker = openWorker(options, process, { concurrency: options.concurrency ?? 4 });
  worker.on('error', createTroubleLog(log, clock, 'the job runner has trouble with the queue'));
  worker.on('failed', (job, error) => log.warn({ err: error, job: job?.name, jobId: job?.id }, 'a job failed'));
  return {
    ready: async () => void (await worker.waitUntilReady()),
    close: async () => {
      closing.abort(new Error('the job runner is closing'));
      await Promise.allSettled(running);
      // A queue that is away never lets go by itself; what it does not learn now, it finds out when it is back.
      await within(closeTimeoutMs, clock, worker.close()).catch((error: unknown) =>
        log.warn({ err: error }, 'the job runner could not take leave of the queue in time'),
      );
    },
  };
}

type Running = { handlers: JobHandlers; clock: Pick<Clock, 'setTimer'>; closing: AbortSignal };

async function runJob<N extends JobName>(name: N, data: unknown, { handlers, clock, closing }: Running): Promise<void> {
  const { schema, timeoutMs } = catalogue[name];
  // A job that an older or newer version enqueued: trying it again would not change it.
  if (!isPayload<N>(schema, data)) throw new UnrecoverableError(`the payload of a ${name} job is not what the catalogue says`);
  const timeout = new AbortController();
  const cancel = clock.setTimer(timeoutMs, () => timeout.abort(new Error(`${name} took longer than ${timeoutMs} ms`)));
  try {
    await handlers[name](data, { signal: AbortSignal.any([timeout.signal, closing]) });
  } finally {
    cancel();
  }
}

function isPayload<N extends JobName>(schema: (typeof catalogue)[N]['schema'], data: unknown): data is JobPayload<N> {
  return Value.Check(schema, data);
}
