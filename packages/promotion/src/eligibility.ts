/**
 * Whether a release may go into a stage. INVARIANTS
 * - Eligible exactly when there is no blocker.
 * - A blocker with `until` is gone at that moment if nothing else happens.
 * - `lookAgainAt` is the first moment at which time alone may change the answer: whoever waits owns a timer for it.
 */
import type { PromotionBlocker } from './blocker.ts';
import type { EligibilityFacts } from './facts.ts';
import { gateBlockers } from './gate-blockers.ts';
import { stageBlockers } from './stage-blockers.ts';
import { upstreamBlockers } from './upstream-blockers.ts';

export interface Eligibility {
  readonly isEligible: boolean;
  readonly blockers: readonly PromotionBlocker[];
  /** null: time alone changes nothing. */
  readonly lookAgainAt: number | null;
}

/** Nothing can unblock these but another promotion. */
const final = new Set<PromotionBlocker['code']>(['stage_deleted', 'other_application']);

/** Tells whether the release may go into the stage at `now`, and everything that keeps it out. */
export function eligibilityOf(facts: EligibilityFacts, now: number): Eligibility {
  const ofStage = stageBlockers(facts, now);
  const isFinal = ofStage.some(({ code }) => final.has(code));
  const blockers = isFinal ? ofStage : [...ofStage, ...upstreamBlockers(facts, now), ...gateBlockers(facts, now)];
  return { isEligible: blockers.length === 0, blockers, lookAgainAt: firstOf(blockers) };
}

function firstOf(blockers: readonly PromotionBlocker[]): number | null {
  let first: number | null = null;
  for (const { until } of blockers) if (until !== null && (first === null || until < first)) first = until;
  return first;
}

/** What an automatic promotion may wait for; anything else is in the way of making one. */
const waitable = new Set<PromotionBlocker['code']>([
  'waiting_for_approval',
  'rollout_in_flight',
  'frozen',
  'outside_window',
  'other_promotion',
]);

/** Whether a stage that takes what is verified by itself asks for this release now: nothing is in the way but what it may wait for. */
export function isAutomaticallyWanted({ blockers }: Eligibility): boolean {
  return blockers.every(({ code }) => waitable.has(code));
}
