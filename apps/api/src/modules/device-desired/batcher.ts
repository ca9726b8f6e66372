import type { Clock } from '@sluice/platform';

export type BatcherOptions<V> = {
  /** Answers all keys of a batch at once; a key that is missing in the answer has no value. Throwing fails the whole batch. */
  run: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  clock: Pick<Clock, 'setTimer'>;
  /** How long a key waits for others to join it. */
  delayMs: number;
  batchSizeMax: number;
  concurrencyMax: number;
  /** Keys that may wait; more are refused with `BatcherFullError`. */
  queueSizeMax: number;
};

export type Batcher<V> = {
  /** @throws BatcherFullError, or whatever `run` throws */
  load(key: string): Promise<V | undefined>;
};

/** More is asked for than can be answered soon. */
export class BatcherFullError extends Error {
  override readonly name = 'BatcherFullError';
}

type Pending<V> = { promise: Promise<V | undefined>; resolve: (value: V | undefined) => void; reject: (error: unknown) => void };

function createPending<V>(): Pending<V> {
  const { promise, resolve, reject } = Promise.withResolvers<V | undefined>();
  return { promise, resolve, reject };
}

/** Gathers keys that are asked for within a few milliseconds and answers them together. Asking twice for a waiting key asks once. */
export function createBatcher<V>(options: BatcherOptions<V>): Batcher<V> {
  const waiting = new Map<string, Pending<V>>();
  let running = 0;
  let timerArmed = false;

  const settle = async (batch: ReadonlyMap<string, Pending<V>>): Promise<void> => {
    try {
      const values = await options.run([...batch.keys()]);
      for (const [key, pending] of batch) pending.resolve(values.get(key));
    } catch (error) {
      for (const pending of batch.values()) pending.reject(error);
    }
    running -= 1;
    start();
  };
  const start = (): void => {
    while (waiting.size > 0 && running < options.concurrencyMax && !timerArmed) {
      const batch = new Map(waiting.entries().take(options.batchSizeMax));
      for (const key of batch.keys()) waiting.delete(key);
      running += 1;
      void settle(batch);
    }
  };
  const arm = (): void => {
    if (timerArmed || running >= options.concurrencyMax) return;
    timerArmed = true;
    options.clock.setTimer(options.delayMs, () => {
      timerArmed = false;
      start();
    });
  };
  return {
    load: (key) => {
      const found = waiting.get(key);
      if (found !== undefined) return found.promise;
      if (waiting.size >= options.queueSizeMax) return Promise.reject(new BatcherFullError('too much is waiting'));
      const pending = createPending<V>();
      waiting.set(key, pending);
      arm();
      return pending.promise;
    },
  };
}
