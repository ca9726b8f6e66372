import { systemClock } from '../clock.ts';

/**
 * Waits until `probe` gives something other than undefined, null or false, and returns that.
 * An error thrown by `probe` counts as "not yet" and is the cause of the final error.
 * @param what names the condition in the error
 * @throws when `timeoutMs` (default 60 s, for busy machines) is over
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const deadline = systemClock.monotonic() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as Exclude<T, undefined | null | false>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (systemClock.monotonic() >= deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`, { cause });
    await systemClock.sleep(options.intervalMs ?? 25);
  }
}
