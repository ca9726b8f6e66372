import type { ChangeWindow, Envelope, MaintenanceWindow } from '@sluice/contracts';
import { upcomingWindows } from '@sluice/rollout';
import { decodeBase64, parseAssignment } from '@sluice/trust';

/** So many windows a device knows ahead: it may be away from its control plane for long. */
const windowsKnown = 5;

/** The windows to sign: the one that is open and those to come, by the wall clock of the device. */
export function windowsOf(window: MaintenanceWindow, timeZone: string, now: number): ChangeWindow[] {
  return upcomingWindows(window, timeZone, { now, countMax: windowsKnown }).map(({ opensAt, closesAt }) => ({
    opensAt: new Date(opensAt).toISOString(),
    closesAt: new Date(closesAt).toISOString(),
  }));
}

/** Whether an assignment that was signed before is to be signed anew: its next window has passed unused, or it does not know of windows yet. */
export function isOutdated(window: MaintenanceWindow | null, stored: Envelope, now: number): boolean {
  if (window === null) return false;
  const { windows } = parseAssignment(JSON.parse(new TextDecoder().decode(decodeBase64(stored.payload, 'payload'))));
  if (windows === undefined) return true;
  const [next] = windows;
  return next !== undefined && Date.parse(next.closesAt) <= now;
}
