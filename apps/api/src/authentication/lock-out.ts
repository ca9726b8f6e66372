/** Wrong passwords in a row that are let pass without a delay. */
export const failuresBeforeLock = 10;

const firstLockMs = 60_000;
const longestLockMs = 60 * 60_000;

/**
 * How long an account stays locked after so many wrong passwords in a row: not at all before the tenth, then one minute, doubling up to an hour.
 * A lock ends by itself, so nobody can lock a person out for good by guessing.
 */
export function lockMs(failures: number): number {
  if (failures < failuresBeforeLock) return 0;
  return Math.min(longestLockMs, firstLockMs * 2 ** Math.min(failures - failuresBeforeLock, 30));
}
