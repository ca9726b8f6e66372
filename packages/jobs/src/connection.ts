import { createPostgresBackend, type Processor, Queue, Worker, type WorkerOptions } from 'bullmq';

/** Where the queue lives: in Postgres (its own schema `bullmq`), or in Redis. */
export type QueueConnection = { connectionString: string } | { redisUrl: string };

type Failures = { on(event: 'error', listener: (error: Error) => void): unknown };

/** The part of BullMQ's queue that producing needs, whatever is behind it. */
export type QueueHandle = Failures & Pick<Queue, 'add' | 'close'>;
/** The part of BullMQ's worker that running needs. */
export type WorkerHandle = Failures & {
  on(event: 'failed', listener: (job: { name: string; id?: string | undefined } | undefined, error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<void>;
};

const queueName = 'sluice';
const schema = 'bullmq';
const poolSize = 4;

const postgres = (connectionString: string, applicationName: string) => ({
  connectionString,
  schema,
  migrate: true,
  max: poolSize,
  application_name: applicationName,
  connectionTimeoutMillis: 5_000,
});

/** Opens the producing side. */
export function openQueue(connection: QueueConnection): QueueHandle {
  if ('redisUrl' in connection) {
    // A producer answers a person: it gives up on a lost Redis instead of holding the command until it comes back.
    return new Queue(queueName, { connection: { url: connection.redisUrl, maxRetriesPerRequest: 1 } });
  }
  return new Queue(queueName, { connection: postgres(connection.connectionString, 'sluice-jobs') }, createPostgresBackend);
}

type Running = Pick<WorkerOptions, 'concurrency'>;

/** Opens the running side; jobs are processed from now on. */
export function openWorker(connection: QueueConnection, processor: Processor, running: Running): WorkerHandle {
  const options = { ...running, removeOnComplete: { count: 100 }, removeOnFail: { count: 1_000 } };
  if ('redisUrl' in connection) {
    // BullMQ requires it for the blocking connection: a worker waits for Redis as long as it takes.
    return new Worker(queueName, processor, { ...options, connection: { url: connection.redisUrl, maxRetriesPerRequest: null } });
  }
  return new Worker(
    queueName,
    processor,
    { ...options, connection: postgres(connection.connectionString, 'sluice-job-runner') },
    createPostgresBackend,
  );
}
