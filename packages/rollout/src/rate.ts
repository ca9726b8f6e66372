/**
 * How fast a release is offered. INVARIANTS
 * - Offers are counted in windows of one minute that begin with their first offer; a window never gets more than the rate of its moment.
 * - Integers only: a factor is a whole percentage, and each step rounds down.
 */
import type { Rate } from '@sluice/contracts';

/** What was offered so far, kept in the transaction that offers. */
export interface OffersInput {
  /** Devices that were offered the release, each once. */
  readonly offered: number;
  /** Start of the minute that the latest offers belong to; null before the first. */
  readonly minuteStartedAt: number | null;
  /** Offers in that minute. */
  readonly inMinute: number;
}

export interface RateAllowance {
  /** Devices that may be offered the release now. */
  readonly allowed: number;
  /** The rate of this moment. */
  readonly perMinute: number;
  /** The minute that offers made now belong to. */
  readonly minuteStartedAt: number;
  /** When the next minute begins. */
  readonly nextAt: number;
}

export const rateMinuteMs = 60_000;

/** The rate at a moment: after `basis` devices that were offered the release, or that succeeded. */
export function rateOf(rate: Rate, basis: { readonly offered: number; readonly succeeded: number }): number {
  if (rate.kind === 'constant') return rate.perMinute;
  const steps = Math.floor((rate.on === 'offered' ? basis.offered : basis.succeeded) / rate.every);
  let perMinute = rate.basePerMinute;
  for (let step = 0; step < steps && perMinute < rate.maximumPerMinute; step += 1) {
    perMinute = Math.max(perMinute + 1, Math.floor((perMinute * rate.factorPercent) / 100));
  }
  return Math.min(perMinute, rate.maximumPerMinute);
}

/** What the rate allows now. `succeeded`: devices of the rollout that succeeded so far. */
export function rateAllowance(rate: Rate, offers: OffersInput, succeeded: number, now: number): RateAllowance {
  const perMinute = rateOf(rate, { offered: offers.offered, succeeded });
  const { minuteStartedAt } = offers;
  const isSameMinute = minuteStartedAt !== null && now < minuteStartedAt + rateMinuteMs;
  const startedAt = isSameMinute ? minuteStartedAt : now;
  const used = isSameMinute ? offers.inMinute : 0;
  return { allowed: Math.max(0, perMinute - used), perMinute, minuteStartedAt: startedAt, nextAt: startedAt + rateMinuteMs };
}
