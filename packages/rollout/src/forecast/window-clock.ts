/** The maintenance windows of the clocks of a fleet, worked out once for all runs. */
import type { MaintenanceWindow } from '@sluice/contracts';
import { offersOpen, upcomingWindows } from '../windows.ts';

export interface WindowClock {
  readonly zone: string;
  readonly waitsByItself: boolean;
  /** When offers may be made next, from a time on; that time itself while they may; null: never within the windows that were worked out. */
  offersFrom(at: number): number | null;
  /** The same for changes. */
  opensFrom(at: number): number | null;
}

export interface Clock {
  readonly zone: string;
  readonly waitsByItself: boolean;
}

/** Forecasts look so many windows ahead. */
const windowsMax = 40;

/** Null: the policy has no window. */
export function windowClocks(window: MaintenanceWindow | undefined, clocks: readonly Clock[], now: number): readonly WindowClock[] | null {
  if (window === undefined) return null;
  const known = new Map<string, ReturnType<typeof upcomingWindows>>();
  return clocks.map(({ zone, waitsByItself }) => {
    const key = window.timeZone === 'device' ? zone : window.timeZone;
    const upcoming = known.get(key) ?? upcomingWindows(window, zone, { now, countMax: windowsMax });
    known.set(key, upcoming);
    const leadMs = waitsByItself ? (window.leadMinutes ?? 0) * 60_000 : 0;
    const next = (at: number, lead: number): number | null => {
      const found = upcoming.find(({ closesAt }) => at < closesAt);
      return found === undefined ? null : Math.max(at, found.opensAt - lead);
    };
    return { zone, waitsByItself, offersFrom: (at) => next(at, leadMs), opensFrom: (at) => next(at, 0) };
  });
}

/** For people: the next windows of a zone, and whether the release may be offered there now. */
export function windowsOfZone(window: MaintenanceWindow, clock: Clock, now: number) {
  return {
    openNow: offersOpen(window, { zone: clock.zone, waitsByItself: clock.waitsByItself }, now).open,
    next: upcomingWindows(window, clock.zone, { now, countMax: 3 }),
  };
}
