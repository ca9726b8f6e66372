import type { Clock, Log, Random } from '@sluice/platform';
import type { Store } from '@sluice/store';
import { loadDesiredStates, openDesiredFeed, recordPresence } from '@sluice/store';
import { createDesiredCache, type DesiredCache } from './desired-cache.ts';
import { createDesiredFollower, type DesiredFollower } from './desired-follower.ts';
import { createPresenceWriter, type PresenceWriter } from './presence-writer.ts';
import { createWaiters, type Waiters } from './waiters.ts';

/** Bounds and periods of the hot path. */
export type DeviceDesiredSettings = {
  devicesMax: number;
  waitersMax: number;
  pollIntervalMs: number;
  batchDelayMs: number;
  presenceFlushMs: number;
  /** The cache is never older than this, even when no notification ever arrives. */
  checkEveryMs: number;
};

export const defaultDesiredSettings: DeviceDesiredSettings = {
  devicesMax: 500_000,
  waitersMax: 100_000,
  pollIntervalMs: 30_000,
  batchDelayMs: 3,
  presenceFlushMs: 1_000,
  checkEveryMs: 1_000,
};

export type DesiredParts = { cache: DesiredCache; waiters: Waiters; presence: PresenceWriter; follower: DesiredFollower };

/** Puts the parts of the hot path together; the follower is not started yet. */
export function createDesiredParts(
  deps: { store: Store; clock: Clock; random: Random; log: Log; onHeldPolls: (count: number) => void },
  settings: DeviceDesiredSettings,
): DesiredParts {
  const { store, clock, random, log } = deps;
  const cache = createDesiredCache({ load: (deviceIds) => loadDesiredStates(store, deviceIds), clock, ...settings });
  const waiters = createWaiters({ clock, waitersMax: settings.waitersMax, perDeviceMax: 4, onSize: deps.onHeldPolls });
  const presence = createPresenceWriter({
    write: (seen) => recordPresence(store, seen),
    clock,
    log,
    flushEveryMs: settings.presenceFlushMs,
    batchSizeMax: 5_000,
    queueSizeMax: settings.devicesMax,
  });
  const follower = createDesiredFollower({
    open: (options) => openDesiredFeed(store.pool, options),
    cache,
    waiters,
    clock,
    random,
    log,
    checkEveryMs: settings.checkEveryMs,
    readingTimeoutMs: 10_000,
  });
  return { cache, waiters, presence, follower };
}
