import type { Clock } from '@sluice/platform/clock';

const intervalMs = 200;

/**
 * Asks `probe` again and again until it answers something other than undefined.
 * @throws Error that names what was waited for when `limitMs` is over
 */
export async function until<T>(
  waitingFor: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { clock, limitMs, signal }: { clock: Clock; limitMs: number; signal: AbortSignal },
): Promise<T> {
  const endsAt = clock.monotonic() + limitMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (clock.monotonic() > endsAt) throw new Error(`Waited ${Math.round(limitMs / 1000)} s in vain for ${waitingFor}.`);
    await clock.sleep(intervalMs, signal);
  }
}
