import type { Clock, Log } from '@sluice/platform';

export type RepeatDeps = {
  clock: Pick<Clock, 'sleep'>;
  log: Log;
  /** Pause after each time. */
  intervalMs: number;
  signal: AbortSignal;
};

/** Does some work again and again until the signal aborts. A failure is logged as `complaint`, and the next time comes as usual. */
export async function repeat(
  { clock, log, intervalMs, signal }: RepeatDeps,
  complaint: string,
  work: () => Promise<unknown>,
): Promise<void> {
  let isFailing = false;
  while (!signal.aborted) {
    try {
      await work();
      isFailing = false;
    } catch (error) {
      // Once: a database that is away for an hour shall not fill the log.
      if (!isFailing && !signal.aborted) log.warn({ err: error }, complaint);
      isFailing = true;
    }
    await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}
