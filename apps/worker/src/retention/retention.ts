import type { Jobs } from '@sluice/jobs';
import type { Clock } from '@sluice/platform';
import { expireDeviceCaptures, pruneExpired, type Store } from '@sluice/store';

/** Ends captures that no device answered, and forgets what is too old, batch by batch, until nothing is left or the signal aborts. */
export async function sweepRetention(store: Store, signal: AbortSignal): Promise<void> {
  let hasMore = true;
  while (hasMore && !signal.aborted) hasMore = await store.transaction((tx) => expireDeviceCaptures(tx));
  hasMore = true;
  while (hasMore && !signal.aborted) hasMore = await store.transaction((tx) => pruneExpired(tx));
}

const intervalMs = 3_600_000;

/** Asks for a retention sweep now and every hour. Of several workers, one does it: the queue keeps one such job at a time. */
export async function runRetentionLoop(deps: { jobs: Jobs; clock: Pick<Clock, 'sleep'>; signal: AbortSignal }): Promise<void> {
  while (!deps.signal.aborted) {
    await deps.jobs.enqueue('retention.sweep', {});
    await deps.clock.sleep(intervalMs, deps.signal).catch(() => undefined);
  }
}
