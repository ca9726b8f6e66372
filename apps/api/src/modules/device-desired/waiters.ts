// INVARIANTS
// 1. A device may be held several times at once (a new connection before the old one is known to be dead); no poll replaces another.
// 2. Every held poll ends exactly once: by a change, its time, its client leaving, too many polls of the device, or the end of the server;
//    and nothing of it stays behind.
import type { CancelTimer, Clock } from '@sluice/platform';

/** Why a held poll ended. `released`: answer it as unchanged. */
export type WaitOutcome = 'changed' | 'released' | 'gone';

export type WaitersOptions = {
  clock: Pick<Clock, 'setTimer'>;
  /** Polls held by this process; more are not held. */
  waitersMax: number;
  /** Polls held for one device; a further one releases the oldest. */
  perDeviceMax: number;
  /** Told whenever the number of held polls changes. */
  onSize?: (size: number) => void;
};

type Waiter = { end: (outcome: WaitOutcome) => void };

/** Where a poll's client can be seen to leave: the response. */
export type Departure = {
  once(event: 'close', listener: () => void): unknown;
  removeListener(event: 'close', listener: () => void): unknown;
};

export type Waiters = {
  /** Holds a poll; undefined when it cannot be held because the process is full or ends. */
  hold(deviceId: string, timeMs: number, client: Departure): Promise<WaitOutcome> | undefined;
  /** Something about the device changed: its polls look again. */
  wake(deviceId: string): void;
  /** Changes may have been missed: all polls look again. */
  wakeAll(): void;
  /** Releases all polls and holds none any more. */
  close(): void;
  readonly size: number;
};

/** Makes an empty set of waiters. */
export function createWaiters(options: WaitersOptions): Waiters {
  const byDevice = new Map<string, Set<Waiter>>();
  let size = 0;
  let closed = false;

  const count = (change: 1 | -1): void => {
    size += change;
    options.onSize?.(size);
  };
  const remove = (deviceId: string, waiter: Waiter): void => {
    const waiters = byDevice.get(deviceId);
    if (waiters?.delete(waiter) !== true) return;
    count(-1);
    if (waiters.size === 0) byDevice.delete(deviceId);
  };
  const makeRoom = (waiters: ReadonlySet<Waiter>): void => {
    const [oldest] = waiters;
    if (waiters.size >= options.perDeviceMax) oldest?.end('released');
  };
  const endAll = (outcome: WaitOutcome): void => {
    for (const waiters of [...byDevice.values()]) for (const waiter of [...waiters]) waiter.end(outcome);
  };

  return {
    hold: (deviceId, timeMs, client) => {
      if (closed || size >= options.waitersMax) return undefined;
      makeRoom(byDevice.get(deviceId) ?? new Set());
      const { promise, resolve } = Promise.withResolvers<WaitOutcome>();
      const onGone = (): void => waiter.end('gone');
      const waiter: Waiter = {
        end: (outcome) => {
          cancelTimer();
          client.removeListener('close', onGone);
          remove(deviceId, waiter);
          resolve(outcome);
        },
      };
      const cancelTimer: CancelTimer = options.clock.setTimer(timeMs, () => waiter.end('released'));
      client.once('close', onGone);
      // Only now: making room may have removed the device's set.
      byDevice.set(deviceId, (byDevice.get(deviceId) ?? new Set<Waiter>()).add(waiter));
      count(1);
      return promise;
    },
    wake: (deviceId) => {
      for (const waiter of [...(byDevice.get(deviceId) ?? [])]) waiter.end('changed');
    },
    wakeAll: () => endAll('changed'),
    close: () => {
      closed = true;
      endAll('released');
    },
    get size() {
      return size;
    },
  };
}
