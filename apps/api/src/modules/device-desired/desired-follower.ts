// INVARIANTS
// 1. The cache is trusted exactly while a feed is open and its last reading was in time; whatever ends that drops the cache first.
// 2. After each opening every held poll looks again: what changed while no feed was open is found that way.
// 3. Notifications only make a reading come sooner. Without any, the cache is never older than `checkEveryMs` plus the time of a reading.
import { type Clock, type Log, type Random, retryDelayMs } from '@sluice/platform';
import type { DesiredFeed, DesiredFeedOptions, DesiredState } from '@sluice/store';
import type { DesiredCache } from './desired-cache.ts';
import type { Waiters } from './waiters.ts';

export type DesiredFollowerOptions = {
  open: (options: Pick<DesiredFeedOptions, 'onNotification' | 'onLost'>) => Promise<DesiredFeed>;
  cache: Pick<DesiredCache, 'apply' | 'trust' | 'drop'>;
  waiters: Pick<Waiters, 'wake' | 'wakeAll'>;
  clock: Clock;
  random: Random;
  log: Pick<Log, 'info' | 'warn'>;
  checkEveryMs: number;
  /** A reading that takes longer counts as a loss of the feed. */
  readingTimeoutMs: number;
};

export type DesiredFollower = {
  /** Follows until it is closed. Resolves when the feed is open for the first time, or the first attempt failed. */
  start(): Promise<void>;
  close(): Promise<void>;
};

const reconnect = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 100, delayMsMax: 5_000 };

/** A bell that can ring while nobody listens: the next listener hears it at once. */
function createBell() {
  let rung = false;
  let listener: (() => void) | undefined;
  return {
    ring: (): void => {
      rung = true;
      listener?.();
    },
    heard: (): Promise<void> =>
      new Promise((resolve) => {
        const hear = (): void => {
          rung = false;
          listener = undefined;
          resolve();
        };
        listener = hear;
        if (rung) hear();
      }),
  };
}

/** Rejects when the work takes longer than it may. */
async function within<T>(work: Promise<T>, timeoutMs: number, clock: Pick<Clock, 'setTimer'>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.setTimer(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    return await Promise.race([work, promise]);
  } finally {
    cancel();
  }
}

/** Keeps the cache true: follows the feed of changes, and wakes the polls that wait for them. */
export function createDesiredFollower(options: DesiredFollowerOptions): DesiredFollower {
  const { cache, waiters, clock, log } = options;
  const bell = createBell();
  const closing = new AbortController();
  let lost: Error | undefined;
  let running: Promise<void> = Promise.resolve();

  const onPage = (page: readonly DesiredState[]): void => {
    cache.apply(page);
    for (const { deviceId } of page) waiters.wake(deviceId);
  };
  const readUntilLost = async (feed: DesiredFeed, onPage: (page: readonly DesiredState[]) => void): Promise<void> => {
    while (!closing.signal.aborted) {
      const cancel = clock.setTimer(options.checkEveryMs, bell.ring);
      await bell.heard();
      cancel();
      if (lost !== undefined) throw lost;
      if (!closing.signal.aborted) await within(feed.readChanges(onPage), options.readingTimeoutMs, clock);
    }
  };
  const follow = async (onOpen: () => void): Promise<void> => {
    lost = undefined;
    const feed = await options.open({
      onNotification: bell.ring,
      onLost: (error) => {
        lost = error;
        // At once, not when the loop comes around: nothing may be answered from a cache that nobody keeps.
        cache.drop();
        bell.ring();
      },
    });
    let isCurrent = true;
    try {
      if (lost === undefined) cache.trust();
      waiters.wakeAll();
      onOpen();
      // A reading that was given up may still answer, long after another feed knows better.
      await readUntilLost(feed, (page) => isCurrent && onPage(page));
    } finally {
      isCurrent = false;
      cache.drop();
      feed.close();
    }
  };
  const run = async (onSettled: () => void): Promise<void> => {
    for (let attempt = 1; !closing.signal.aborted; attempt += 1) {
      try {
        await follow(() => {
          attempt = 0;
          onSettled();
        });
      } catch (error) {
        log.warn({ err: error }, 'lost the feed of desired states; every check-in reads the database until it is back');
        onSettled();
        const delayMs = retryDelayMs(Math.max(1, attempt), reconnect, { random: options.random });
        await clock.sleep(delayMs, closing.signal).catch(() => undefined);
      }
    }
  };
  return {
    start: () =>
      new Promise((resolve) => {
        running = run(resolve);
      }),
    close: async () => {
      closing.abort();
      bell.ring();
      await running;
    },
  };
}
