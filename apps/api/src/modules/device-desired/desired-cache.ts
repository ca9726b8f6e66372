// INVARIANTS
// 1. An entry that is `live` is what the last reading of the feed left of its device: every later change replaces it and ends its life.
// 2. Nothing is kept while no feed is open (`trusted`), and nothing that was loaded across a change or a loss of the feed.
// 3. Revision and epoch of a cached device never go down, except after a loss (the database may have been restored).
import type { Clock } from '@sluice/platform';
import type { DesiredState } from '@sluice/store';
import { LRUCache } from 'lru-cache';
import { createBatcher } from './batcher.ts';
import { createDeviceEntry, type DeviceEntry, isSameState } from './device-entry.ts';

export type DesiredCacheOptions = {
  load: (deviceIds: readonly string[]) => Promise<DesiredState[]>;
  clock: Pick<Clock, 'setTimer'>;
  devicesMax: number;
  pollIntervalMs: number;
  /** How long a miss waits for others. */
  batchDelayMs: number;
};

export type DesiredCache = {
  /** The entry of a device if it is in memory. */
  peek(deviceId: string): DeviceEntry | undefined;
  /** The entry of a device, from the database when it is not in memory; undefined when there is no such device. */
  get(deviceId: string): Promise<DeviceEntry | undefined>;
  /** Takes over what changed, for the devices that are in memory. */
  apply(states: readonly DesiredState[]): void;
  /** From now on the feed delivers every change: entries may be kept. */
  trust(): void;
  /** Changes may have been missed: forgets all. */
  drop(): void;
  readonly size: number;
};

const batchSizeMax = 2_000;
const reloadsMax = 5;

/** Makes the cache; it keeps nothing until it is trusted. */
export function createDesiredCache(options: DesiredCacheOptions): DesiredCache {
  const entries = new LRUCache<string, DeviceEntry>({
    max: options.devicesMax,
    dispose: (entry) => {
      entry.live = false;
    },
  });
  // Devices that are being loaded; true once a change overtook the loading.
  const loading = new Map<string, boolean>();
  let generation = 0;
  let trusted = false;

  const keep = (state: DesiredState): DeviceEntry => {
    const entry = createDeviceEntry(state, options.pollIntervalMs);
    const before = entries.peek(state.deviceId);
    if (before !== undefined) {
      // Presence that is not written yet goes on being due.
      entry.lastSeenMs = before.lastSeenMs;
    }
    entry.live = true;
    entries.set(state.deviceId, entry);
    return entry;
  };

  const loadOnce = async (deviceIds: readonly string[], found: Map<string, DeviceEntry>): Promise<string[]> => {
    const startedIn = generation;
    for (const deviceId of deviceIds) loading.set(deviceId, false);
    const overtaken: string[] = [];
    try {
      const states = await options.load(deviceIds);
      for (const state of states) {
        const isOvertaken = loading.get(state.deviceId) === true || generation !== startedIn;
        if (isOvertaken) overtaken.push(state.deviceId);
        found.set(state.deviceId, isOvertaken || !trusted ? createDeviceEntry(state, options.pollIntervalMs) : keep(state));
      }
    } finally {
      for (const deviceId of deviceIds) loading.delete(deviceId);
    }
    return overtaken;
  };

  const batcher = createBatcher<DeviceEntry>({
    clock: options.clock,
    delayMs: options.batchDelayMs,
    batchSizeMax,
    // One at a time: a key is in one loading only, and what piles up meanwhile goes together.
    concurrencyMax: 1,
    queueSizeMax: 1_000_000,
    run: async (deviceIds) => {
      const found = new Map<string, DeviceEntry>();
      let remaining: readonly string[] = deviceIds;
      for (let round = 0; round < reloadsMax && remaining.length > 0; round += 1) remaining = await loadOnce(remaining, found);
      return found;
    },
  });

  return {
    peek: (deviceId) => entries.peek(deviceId),
    get: async (deviceId) => entries.get(deviceId) ?? batcher.load(deviceId),
    apply: (states) => {
      for (const state of states) {
        if (loading.has(state.deviceId)) loading.set(state.deviceId, true);
        const entry = entries.peek(state.deviceId);
        const isNewer = entry !== undefined && state.revision >= entry.revision && state.epoch >= entry.epoch;
        if (isNewer && !isSameState(entry, state)) keep(state);
      }
    },
    trust: () => {
      trusted = true;
      generation += 1;
    },
    drop: () => {
      trusted = false;
      generation += 1;
      entries.clear();
    },
    get size() {
      return entries.size;
    },
  };
}
