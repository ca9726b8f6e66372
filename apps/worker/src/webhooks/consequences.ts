/** What follows from an attempt that failed: when it is tried again, how long the receiver is left alone, and when it is given up. Pure. */
import type { WebhookErrorCode } from '@sluice/contracts';
import type { Random } from '@sluice/platform';
import type { FailureConsequence } from '@sluice/store';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The delays after the first, second … failure of a delivery: about a day and a half in all. Then it is given up. */
const delaysMs = [
  5_000,
  30_000,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  10 * HOUR_MS,
  15 * HOUR_MS,
] as const;
/** Many deliveries that failed together shall not come back together: each delay is up to this much shorter or longer. */
const JITTER = 0.1;
/** While a receiver is down, it is asked at most so often, however many deliveries wait. */
const PAUSE_MS_MAX = MINUTE_MS;
const RETRY_AFTER_MS_MAX = HOUR_MS;
/** A webhook that nothing came through to for so long is disabled when the next delivery is given up. */
const FAILING_MS_MAX = 72 * HOUR_MS;

export type Failed = {
  nowMs: number;
  code: WebhookErrorCode;
  status: number | null;
  /** What the receiver asked for. */
  retryAfterMs: number | undefined;
  /** Failures of this delivery before this one, since it was last replayed. */
  attemptsBefore: number;
  /** Of the webhook, in a row, before this one. */
  failuresBefore: number;
  failingSince: Date | null;
};

/** Whether the failure is about the receiver as a whole, so that other deliveries would fail as well. */
function isOutage({ code, status }: Failed): boolean {
  return code !== 'STATUS' || status === null || status === 429 || status >= 500;
}

export function consequenceOf(failed: Failed, random: Pick<Random, 'fraction'>): FailureConsequence {
  const { nowMs, retryAfterMs = 0, attemptsBefore, failuresBefore } = failed;
  const askedMs = Math.min(retryAfterMs, RETRY_AFTER_MS_MAX);
  const pauseMs = isOutage(failed) ? Math.max(askedMs, Math.min(PAUSE_MS_MAX, 1_000 * 2 ** Math.min(failuresBefore, 10))) : 0;
  const pausedUntil = pauseMs === 0 ? null : new Date(nowMs + pauseMs);
  if (failed.code === 'GONE') {
    const message = 'The receiver answered 410 Gone: it does not want to hear from us any more. Enable the webhook again when it does.';
    return { nextAttemptAt: null, pausedUntil: null, disable: { code: 'gone', message } };
  }
  const delayMs = delaysMs[attemptsBefore];
  if (delayMs !== undefined) {
    const jitteredMs = delayMs * (1 - JITTER + 2 * JITTER * random.fraction());
    return { nextAttemptAt: new Date(nowMs + Math.max(askedMs, jitteredMs)), pausedUntil, disable: null };
  }
  const { failingSince } = failed;
  if (failingSince === null || nowMs - failingSince.getTime() < FAILING_MS_MAX) return { nextAttemptAt: null, pausedUntil, disable: null };
  const message = `Nothing came through since ${failingSince.toISOString()}. Mend the receiver, enable the webhook, and replay what failed.`;
  return { nextAttemptAt: null, pausedUntil: null, disable: { code: 'failing', message } };
}
