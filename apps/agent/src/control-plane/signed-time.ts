// INVARIANTS
// 1. Nothing is signed or trusted by this: it only says what time it may be, for maintenance windows.
// 2. A clock that was set, and a device that slept, never make one single wrong time of it: then there are several, until the next signed time.
import type { Clock } from '../ports/index.ts';
import type { TrustStore } from '../trust-state.ts';

/** What time it is, as far as this device can know without a clock that is known to be right. */
export type SignedTime = {
  /** Notes a time of the control plane that was just verified. Epoch milliseconds. */
  heard(time: number): void;
  /**
   * All that it may be now, in epoch milliseconds: one time, two when the clocks of the device disagree since the last signed time, or none when
   * its clock is known to be wrong and no signed time was heard since it started.
   */
  candidates(): readonly number[];
};

/** Signed times are made once a minute and kept by caches for a while: a device that is so close to one has a clock that is right. */
const toleranceMs = 3 * 60_000;
/** Clocks drift a little against each other. */
const driftMs = 5_000;

/** Keeps the distance between the device's clock and the signed time. */
export function createSignedTime({ clock, trust }: { clock: Clock; trust: Pick<TrustStore, 'read'> }): SignedTime {
  let last: { at: number; time: number; offset: number } | undefined;
  return {
    heard: (time) => {
      const own = clock.now();
      const offset = Math.abs(time - own) <= toleranceMs ? 0 : time - own;
      last = { at: clock.monotonic(), time: own + offset, offset };
    },
    candidates: () => {
      const floor = trust.read().timeFloor;
      const own = Math.max(floor, clock.now() + (last?.offset ?? 0));
      if (last === undefined) return clock.now() + toleranceMs < floor ? [] : [own];
      // Of the two one stands still while the device sleeps, the other moves when its clock is set.
      const elapsed = Math.max(floor, last.time + clock.monotonic() - last.at);
      return Math.abs(own - elapsed) <= driftMs ? [own] : [own, elapsed];
    },
  };
}
