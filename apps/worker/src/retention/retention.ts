import type { Jobs } from '@sluice/jobs';
import type { Clock } from '@sluice/platform';
import { expireDeviceCaptures, listApplicationsToPrune, pruneExpired, pruneSnapshots, type Store } from '@sluice/store';

/** Snapshots that one transaction deletes at most: each may bring hundreds of blobs. */
const snapshotsPerBatch = 20;

/** Deletes what the retention policies of applications let go, batch by batch, each with a ledger entry. */
async function pruneApplications(store: Store, signal: AbortSignal): Promise<void> {
  for (const { organizationId, applicationId } of await listApplicationsToPrune(store)) {
    const batch = { applicationId, snapshotsMax: snapshotsPerBatch };
    let pruned = 1;
    while (pruned > 0 && !signal.aborted) {
      pruned = await store.transaction((tx) => pruneSnapshots(tx, organizationId, batch));
    }
  }
}

/** Ends captures that no device answered, and forgets what is too old, batch by batch, until nothing is left or the signal aborts. */
export async function sweepRetention(store: Store, signal: AbortSignal): Promise<void> {
  let hasMore = true;
  while (hasMore && !signal.aborted) hasMore = await store.transaction((tx) => expireDeviceCaptures(tx));
  hasMore = true;
  while (hasMore && !signal.aborted) hasMore = await store.transaction((tx) => pruneExpired(tx));
  await pruneApplications(store, signal);
}

const intervalMs = 3_600_000;

/** Asks for a retention sweep now and every hour. Of several workers, one does it: the queue keeps one such job at a time. */
export async function runRetentionLoop(deps: { jobs: Jobs; clock: Pick<Clock, 'sleep'>; signal: AbortSignal }): Promise<void> {
  while (!deps.signal.aborted) {
    await deps.jobs.enqueue('retention.sweep', {});
    await deps.clock.sleep(intervalMs, deps.signal).catch(() => undefined);
  }
}
