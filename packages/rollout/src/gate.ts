/**
 * The threshold gate: exact integer arithmetic over the counts of one wave. INVARIANTS
 * - eligible = members − removed − skipped; canceled and superseded stay eligible and are never success (26).
 * - Only integers are compared: `failed · 100 > percent · eligible` (27).
 * - Nothing is decided below the minimum sample (28).
 * - A verdict of `pass` or `breach` is certain: no way in which the open devices can end would change it (regressions of health apart).
 */
import type { DeploymentState, FailureType, Threshold } from '@sluice/contracts';
import { deploymentStateRules, failureTypes, type GateClass } from './deployment-states.ts';

/** How many deployments are in each state. A missing state is zero, so the rows of a `GROUP BY state` are enough. */
export type DeploymentCounts = Readonly<Partial<Record<DeploymentState, number>>>;

/** The numbers a gate is judged on. `unhealthy` devices are part of `failed` and no longer part of `succeeded`. */
export interface GateNumbers {
  readonly members: number;
  readonly eligible: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Eligible, ended, evidence of nothing: canceled or superseded. */
  readonly neither: number;
  /** Not ended yet; `unoffered` of them are still scheduled or queued. */
  readonly open: number;
  readonly unoffered: number;
  readonly unhealthy: number;
  /** How the failed deployments ended; unhealthy devices are in none of these. */
  readonly failures: Readonly<Record<FailureType, number>>;
}

export type GateVerdict = 'pass' | 'breach' | 'open' | 'inconclusive' | 'empty';
export type GateCode =
  | 'threshold_met'
  | 'error_percent_exceeded'
  | 'failure_limit_exceeded'
  | 'success_percent_unreachable'
  | 'devices_still_open'
  | 'sample_too_small'
  | 'no_eligible_device';

export interface GateJudgement {
  readonly verdict: GateVerdict;
  readonly code: GateCode;
}

const classes = Object.entries(deploymentStateRules).map(([state, rule]) => [state as DeploymentState, rule.countsAs] as const);

/** Devices with evidence: those that succeeded or failed. */
export function sampleOf(numbers: GateNumbers): number {
  return numbers.succeeded + numbers.failed;
}

/** The sample a wave must reach: the policy's, but never more than it has eligible devices, so that a canary of one can decide. */
export function effectiveMinimumSample(threshold: Threshold, eligible: number): number {
  return Math.min(threshold.minimumSample, eligible);
}

/**
 * Sums up the counts of a wave (or of several).
 * @param unhealthySucceeded devices whose deployment succeeded and that are unhealthy now; they count as failed.
 */
export function gateNumbers(counts: DeploymentCounts, unhealthySucceeded: number): GateNumbers {
  const byClass: Record<GateClass, number> = { open: 0, success: 0, failure: 0, neither: 0, not_eligible: 0 };
  for (const [state, countsAs] of classes) byClass[countsAs] += counts[state] ?? 0;
  const unhealthy = Math.min(unhealthySucceeded, byClass.success);
  const eligible = byClass.open + byClass.success + byClass.failure + byClass.neither;
  return {
    members: eligible + byClass.not_eligible,
    eligible,
    succeeded: byClass.success - unhealthy,
    failed: byClass.failure + unhealthy,
    neither: byClass.neither,
    open: byClass.open,
    unoffered: (counts.scheduled ?? 0) + (counts.queued ?? 0),
    unhealthy,
    failures: Object.fromEntries(failureTypes.map((type) => [type, counts[type] ?? 0])) as Record<FailureType, number>,
  };
}

/** The first type of failure that exceeds its limit; `extra` devices are taken to fail that way, too. */
export function exceededLimit(numbers: GateNumbers, threshold: Threshold, extra = 0): FailureType | undefined {
  return failureTypes.find((type) => {
    const limit = threshold.failureLimits?.[type];
    return limit !== undefined && (numbers.failures[type] + extra) * 100 > limit * numbers.eligible;
  });
}

/**
 * Judges a wave. `breach` and `pass` come as early as they are certain:
 * - breach: the failed alone exceed the error percent or the limit of their type, or even if all open devices succeed the success percent is missed;
 * - pass: everything is offered, the success percent is reached, and even if all open devices fail the error percent and the limits are kept;
 * - inconclusive: all have ended, with too little evidence (many canceled or superseded).
 */
export function judgeGate(numbers: GateNumbers, threshold: Threshold): GateJudgement {
  const { eligible, succeeded, failed, open } = numbers;
  if (eligible === 0) return { verdict: 'empty', code: 'no_eligible_device' };
  if (sampleOf(numbers) >= effectiveMinimumSample(threshold, eligible)) {
    if (failed * 100 > threshold.errorPercent * eligible) return { verdict: 'breach', code: 'error_percent_exceeded' };
    if (exceededLimit(numbers, threshold) !== undefined) return { verdict: 'breach', code: 'failure_limit_exceeded' };
    if ((succeeded + open) * 100 < threshold.successPercent * eligible) return { verdict: 'breach', code: 'success_percent_unreachable' };
    const reached = succeeded * 100 >= threshold.successPercent * eligible;
    const cannotBreach =
      (failed + open) * 100 <= threshold.errorPercent * eligible && exceededLimit(numbers, threshold, open) === undefined;
    if (numbers.unoffered === 0 && reached && cannotBreach) return { verdict: 'pass', code: 'threshold_met' };
  }
  if (open === 0) return { verdict: 'inconclusive', code: 'sample_too_small' };
  return { verdict: 'open', code: 'devices_still_open' };
}
