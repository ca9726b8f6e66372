import { type Clock, systemClock } from '@sluice/platform/clock';
import type { Log } from '@sluice/platform/log';
import { Value } from 'typebox/value';
import { catalogue, type JobName, type JobPayload } from './catalogue.ts';
import { openQueue, type QueueConnection } from './connection.ts';
import { createTroubleLog } from './trouble-log.ts';
import { within } from './within.ts';

export type EnqueueOptions = {
  /**
   * While a job with this key waits, another one adds nothing; while it runs, one more follows it, with the newest payload.
   * Default: the job's name and payload. A delayed job needs a key of its own: it would keep those from running that shall run at once.
   */
  deduplicationKey?: string;
  /** Not before this time has passed. */
  delayMs?: number;
};

/** The producing side of the queue. */
export type Jobs = {
  /**
   * Asks for a job, after the commit of what it is about. Best effort: an unreachable queue is logged and costs time, because the worker's
   * sweep finds the same work in Postgres.
   * @returns false when the queue could not be reached
   * @throws TypeError when the payload is not what the catalogue says
   */
  enqueue<N extends JobName>(name: N, payload: JobPayload<N>, options?: EnqueueOptions): Promise<boolean>;
  close(): Promise<void>;
};

export type JobsOptions = QueueConnection & {
  log: Log;
  clock?: Pick<Clock, 'setTimer' | 'monotonic'>;
  /** How long an enqueue may take before it counts as lost (default 2 s). */
  timeoutMs?: number;
};

// A queue that does not answer must not collect promises without end.
const pendingMax = 1_000;

/** Opens the queue for producing. Nothing is awaited here: a queue that is down does not keep a process from starting. */
export function createJobs(options: JobsOptions): Jobs {
  const { log, clock = systemClock, timeoutMs = 2_000 } = options;
  const queue = openQueue(options);
  queue.on('error', createTroubleLog(log, clock, 'the job queue has trouble'));
  let pending = 0;

  const add = async (name: JobName, payload: object, enqueue: EnqueueOptions): Promise<void> => {
    const { attempts, backOffMs } = catalogue[name];
    pending += 1;
    try {
      await queue.add(name, payload, {
        attempts,
        backoff: { type: 'exponential', delay: backOffMs },
        ...(enqueue.delayMs === undefined ? {} : { delay: enqueue.delayMs }),
        deduplication: { id: enqueue.deduplicationKey ?? keyOf(name, payload, enqueue), keepLastIfActive: true },
      });
    } finally {
      pending -= 1;
    }
  };

  return {
    enqueue: async (name, payload, enqueue = {}) => {
      if (!Value.Check(catalogue[name].schema, payload)) throw new TypeError(`the payload of a ${name} job is not what the catalogue says`);
      try {
        if (pending >= pendingMax) throw new Error(`${pending} jobs wait for the queue to answer`);
        await within(timeoutMs, clock, add(name, payload, enqueue));
        return true;
      } catch (error) {
        log.warn({ err: error, job: name }, 'a job could not be enqueued; the sweep will find its work');
        return false;
      }
    },
    close: async () => {
      await within(timeoutMs, clock, queue.close()).catch((error: unknown) =>
        log.warn({ err: error }, 'the job queue did not close in time'),
      );
    },
  };
}

/** The same hint twice is one hint; a delayed one is another. */
function keyOf(name: JobName, payload: object, { delayMs }: EnqueueOptions): string {
  return [name, ...Object.values(payload), ...(delayMs === undefined ? [] : ['delayed'])].join('/');
}
