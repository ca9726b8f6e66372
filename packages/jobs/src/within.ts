import type { Clock } from '@sluice/platform/clock';

/**
 * Waits for `work`, but not longer than `timeoutMs`. Its own later failure is of no interest any more.
 * @throws Error when the time is over, or what `work` throws
 */
export async function within<T>(timeoutMs: number, clock: Pick<Clock, 'setTimer'>, work: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const cancel = clock.setTimer(timeoutMs, () => timeout.reject(new Error(`no answer within ${timeoutMs} ms`)));
  work.catch(() => undefined);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    cancel();
  }
}
