import type { ChangeWindow } from '@sluice/contracts';

/** Whether the device may switch. `opensAt` null: none of the windows is to come. Epoch milliseconds. */
export type WindowNow = { open: true } | { open: false; opensAt: number | null };

function at(windows: readonly ChangeWindow[], now: number): WindowNow {
  for (const { opensAt, closesAt } of windows) {
    const opens = Date.parse(opensAt);
    if (now < opens) return { open: false, opensAt: opens };
    if (now < Date.parse(closesAt)) return { open: true };
  }
  return { open: false, opensAt: null };
}

/**
 * The windows of an assignment at a time of which only candidates are known: open when they are by all of them, closed when there is none. Pure.
 * @param windows undefined: whenever it is ready
 */
export function windowNow(windows: readonly ChangeWindow[] | undefined, candidates: readonly number[]): WindowNow {
  if (windows === undefined) return { open: true };
  const closed = candidates.map((now) => at(windows, now)).filter((state) => !state.open);
  if (candidates.length > 0 && closed.length === 0) return { open: true };
  const openings = closed.flatMap((state) => (state.open || state.opensAt === null ? [] : [state.opensAt]));
  return { open: false, opensAt: openings.length === 0 ? null : Math.min(...openings) };
}
