import type { Clock } from '../clock.tsx';

export type Coalescer<T> = {
  /** Asks for `run(subject)`, now or as soon as its interval and a run under way allow. */
  request(id: string, subject: T, intervalMs: number): void;
  /** Forgets everything that is planned. */
  cancel(): void;
};

type Entry = { startedAt: number; running: boolean; again: boolean; cancelTimer: (() => void) | null };

/**
 * Bounds how often something is done about a stream of requests.
 *
 * INVARIANTS
 * - Two runs of one id start at least its interval apart, and never overlap: a slow answer is waited for, not thrown away by the next request.
 * - After the last request of an id there is a run that started at or after it: nothing is lost.
 * - A request that meets a quiet id runs at once.
 */
export function createCoalescer<T>(clock: Clock, run: (subject: T) => Promise<unknown>): Coalescer<T> {
  const entries = new Map<string, Entry>();

  const start = (id: string, entry: Entry, subject: T, intervalMs: number): void => {
    entry.startedAt = clock.now();
    entry.running = true;
    entry.again = false;
    const settle = (): void => {
      entry.running = false;
      if (entry.again) plan(id, entry, subject, intervalMs);
    };
    run(subject).then(settle, settle);
  };

  const plan = (id: string, entry: Entry, subject: T, intervalMs: number): void => {
    if (entry.cancelTimer !== null || entries.get(id) !== entry) return;
    const waitMs = entry.startedAt + intervalMs - clock.now();
    if (waitMs <= 0) {
      start(id, entry, subject, intervalMs);
      return;
    }
    entry.cancelTimer = clock.setTimer(waitMs, () => {
      entry.cancelTimer = null;
      start(id, entry, subject, intervalMs);
    });
  };

  return {
    request: (id, subject, intervalMs) => {
      const entry = entries.get(id) ?? { startedAt: Number.NEGATIVE_INFINITY, running: false, again: false, cancelTimer: null };
      entries.set(id, entry);
      if (entry.running) entry.again = true;
      else plan(id, entry, subject, intervalMs);
    },
    cancel: () => {
      for (const { cancelTimer } of entries.values()) cancelTimer?.();
      entries.clear();
    },
  };
}
