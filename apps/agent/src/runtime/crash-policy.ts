import type { Random } from '@sluice/platform/random';
import { type RetryPolicy, retryDelayMs } from '@sluice/platform/retry';

/** The times (of a clock that never jumps) at which the runtime ended by itself. */
export type CrashHistory = readonly number[];

export type CrashPolicy = {
  /** So many ends within the window are a crash loop. */
  deathsMax: number;
  windowMs: number;
};

export const crashPolicyDefault: CrashPolicy = { deathsMax: 5, windowMs: 300_000 };

const restartPolicy: RetryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 1_000, delayMsMax: 60_000 };
/** The first restart comes at once: production stands still. */
const immediateRestarts = 1;

/** The history with one more end, and without those that are too long ago to matter. Pure. */
export function noteCrash(history: CrashHistory, now: number, policy: CrashPolicy): CrashHistory {
  return [...history, now].filter((at) => now - at < policy.windowMs);
}

export function isCrashLoop(history: CrashHistory, policy: CrashPolicy): boolean {
  return history.length >= policy.deathsMax;
}

/** How long to wait before the next start, in milliseconds: nothing at first, then longer each time, with jitter. */
export function restartDelayMs(history: CrashHistory, random: Pick<Random, 'fraction'>): number {
  const failures = history.length - immediateRestarts;
  return failures <= 0 ? 0 : retryDelayMs(failures, restartPolicy, { random });
}
