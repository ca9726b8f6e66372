/** One simulated device within one run: when it can be reached, and how an attempt goes. Times of one device only grow. */
import type { DeploymentState } from '@sluice/contracts';
import type { Random } from '../simulator/random.ts';
import { type DeviceModel, drawnFailures, type Timing } from './fleet-model.ts';
import type { WindowClock } from './window-clock.ts';

/** How an attempt ends, when the server knows, and since when the device was reachable for it. */
export interface Attempt {
  readonly answeredAt: number;
  readonly endsAt: number;
  readonly state: Extract<DeploymentState, 'succeeded' | 'failed' | 'rolled_back' | 'rollback_failed' | 'rejected'>;
}

export interface DeviceLife {
  /** What becomes of an offer; `endsAt` may be infinite. */
  attempt(offeredAt: number): Attempt;
  /** Since when it has been silent; null: it is there. Of one that was never seen, since for ever. */
  silentSince(at: number): number | null;
}

const never = Number.POSITIVE_INFINITY;
/** Parts of one: as fine as the draws are. */
const grain = 1_000_000;

/** A number above 0 and up to 1. */
export function fraction(random: Random): number {
  return random.integer(1, grain) / grain;
}

/** How long until something happens that happens so often per millisecond. */
export function waitFor(random: Random, rate: number): number {
  return rate <= 0 ? never : -Math.log(fraction(random)) / rate;
}

/**
 * How long a silence still lasts. Of one that is within what the device has shown before, the mean of its silences; of a longer one it is only
 * known how long it has lasted: it is as likely to last that long again as not (the median of Lindy's law).
 */
function restOfSilence(device: DeviceModel, random: Random): number {
  if (device.silentMs === null) return 0;
  if (device.silentMs === never) return never;
  if (device.knowsLongerSilence) return waitFor(random, 1 / device.offlineMeanMs);
  const part = fraction(random);
  return device.silentMs * (1 / part - 1);
}

/** Makes a device as it is at the start of a run. */
export function createLife(device: DeviceModel, options: { start: number; random: Random; windows: WindowClock | null }): DeviceLife {
  const { start, random, windows } = options;
  let offlineFrom = device.silentMs === null ? start + waitFor(random, device.offlineRate) : start;
  let onlineFrom =
    device.silentMs === null ? offlineFrom + waitFor(random, 1 / device.offlineMeanMs) : start + restOfSilence(device, random);
  const reachable = (at: number): number => {
    while (at >= onlineFrom) {
      offlineFrom = onlineFrom + waitFor(random, device.offlineRate);
      onlineFrom = offlineFrom + waitFor(random, 1 / device.offlineMeanMs);
    }
    return at >= offlineFrom ? onlineFrom : at;
  };
  return {
    silentSince: (at) => {
      if (reachable(at) === at) return null;
      return offlineFrom === start ? start - (device.silentMs ?? 0) : offlineFrom;
    },
    attempt: (offeredAt) => {
      const timing: Timing = random.pick(device.timings);
      const answeredAt = reachable(offeredAt + timing.answerMs);
      const state = drawEnd(device, random);
      if (answeredAt === never) return { answeredAt, endsAt: never, state };
      if (state === 'rejected') return { answeredAt, endsAt: answeredAt, state };
      const stagedAt = reachable(answeredAt + timing.fetchMs);
      if (state === 'failed') return { answeredAt, endsAt: stagedAt, state };
      // The change itself needs no connection, only the report of its end does.
      const beginsAt = windows === null || !windows.waitsByItself ? stagedAt : windows.opensFrom(stagedAt);
      const endsAt = beginsAt === null ? never : reachable(beginsAt + timing.changeMs);
      return { answeredAt, endsAt, state };
    },
  };
}

function drawEnd({ failures }: DeviceModel, random: Random): Attempt['state'] {
  let left = fraction(random);
  for (const type of drawnFailures) {
    left -= failures[type];
    if (left <= 0) return type;
  }
  return 'succeeded';
}
