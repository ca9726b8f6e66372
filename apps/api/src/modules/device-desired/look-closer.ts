import { loadDesiredStates, noteAhead, type Store } from '@sluice/store';
import { createDeviceEntry, type DeviceEntry } from './device-entry.ts';

/** What a device names that is more than the cache knows. */
export type NamedMore = { deviceId: string; revision: number; epoch: number };

/**
 * Looks in the database whether a device knows more than that (it was restored from a backup), notes it, and answers what the database has of
 * the device now: the cache may only be late.
 */
export function createLookCloser(store: Store, pollIntervalMs: number): (named: NamedMore) => Promise<DeviceEntry | undefined> {
  return async (named) => {
    await store.transaction((tx) => noteAhead(tx, [named]));
    const [state] = await loadDesiredStates(store, [named.deviceId]);
    return state === undefined ? undefined : createDeviceEntry(state, pollIntervalMs);
  };
}
