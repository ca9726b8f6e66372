import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/** How long and how often to try again. */
export type RetryPolicy = {
  /** Number of calls in all, the first included; `Infinity` to try until the signal aborts. */
  attemptsMax: number;
  /** Upper bound of the delay after the first failure; doubles with each further one. */
  baseDelayMs: number;
  /** Upper bound of any delay that we choose ourselves. */
  delayMsMax: number;
  /** Longest `Retry-After` that is believed (default one hour): a broken server must not silence a device for ever. */
  retryAfterMsMax?: number;
};

export type RetryOptions = {
  clock: Pick<Clock, 'sleep'>;
  random: Pick<Random, 'fraction'>;
  policy: RetryPolicy;
  signal?: AbortSignal;
  /** False ends the retries with that error (default: every error is worth another try). */
  isRetryable?: (error: unknown) => boolean;
  /** What the other side asked us to wait; see `parseRetryAfter`. */
  retryAfterMs?: (error: unknown) => number | undefined;
  onRetry?: (failure: { attempt: number; delayMs: number; error: unknown }) => void;
};

const RETRY_AFTER_MS_MAX_DEFAULT = 3_600_000;
// Beyond 2^30 the exponent only overflows; the cap has long been reached.
const EXPONENT_MAX = 30;

/**
 * The delay after failure number `attempt` (from 1), with full jitter: uniform in [0, min(delayMsMax, base · 2^(attempt-1))].
 * With `retryAfterMs` it is that time plus up to one base delay, so that a herd told the same number does not return at once.
 */
export function retryDelayMs(
  attempt: number,
  policy: RetryPolicy,
  options: { random: Pick<Random, 'fraction'>; retryAfterMs?: number | undefined },
): number {
  const fraction = options.random.fraction();
  if (options.retryAfterMs !== undefined) {
    const asked = Math.min(Math.max(0, options.retryAfterMs), policy.retryAfterMsMax ?? RETRY_AFTER_MS_MAX_DEFAULT);
    return asked + fraction * policy.baseDelayMs;
  }
  const ceiling = Math.min(policy.delayMsMax, policy.baseDelayMs * 2 ** Math.min(attempt - 1, EXPONENT_MAX));
  return fraction * ceiling;
}

/** Reads a `Retry-After` header (RFC 9110, 10.2.3: seconds or an HTTP date) as milliseconds from `nowMs`; undefined when unreadable. */
export function parseRetryAfter(header: string | null | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Only IMF-fixdate ends in GMT: Date.parse alone would take "2" or "1.5" for a date.
  if (!/GMT$/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/**
 * Calls `operation` until it succeeds, the attempts are used up, the error is not retryable or the signal aborts.
 * @throws the last error of `operation`, or the signal's reason
 */
export async function retry<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (attempt >= options.policy.attemptsMax || options.isRetryable?.(error) === false) throw error;
      const delayMs = retryDelayMs(attempt, options.policy, { random: options.random, retryAfterMs: options.retryAfterMs?.(error) });
      options.onRetry?.({ attempt, delayMs, error });
      await options.clock.sleep(delayMs, options.signal);
    }
  }
}
