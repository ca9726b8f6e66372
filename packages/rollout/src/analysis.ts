/**
 * The analysis gate: what is measured over the updated devices of a wave, judged as Argo Rollouts does. INVARIANTS
 * - Integers only: numbers are thousandths, conditions are compared exactly.
 * - A metric is decided by the first measurements that decide it; what comes after changes nothing.
 * - Dry runs decide nothing; a metric that too few devices report is inconclusive, never good.
 */
import type { Analysis, AnalysisMetric, MeasurementOutcome, MetricCondition } from '@sluice/contracts';
import { assertNever } from './assert-never.ts';

/** One metric as measured, in thousandths; null: no device has it. */
export interface MetricNumbers {
  readonly name: string;
  /** Devices that it was measured on; with the baseline `before_update` those that also have one. */
  readonly sample: number;
  readonly value: number | null;
  readonly baseline: number | null;
}

export interface MetricResult extends MetricNumbers {
  readonly outcome: MeasurementOutcome;
}

/** All metrics of a wave, measured at one time. */
export interface Measurement {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly results: readonly MetricResult[];
}

/** The analysis of a wave as the engine sees it. */
export interface AnalysisInput {
  readonly startedAt: number;
  /** In their order. */
  readonly measurements: readonly Measurement[];
  /** What a measurement gives now; null unless one is due. */
  readonly pending: readonly MetricNumbers[] | null;
}

export type AnalysisVerdict = 'open' | 'passed' | 'failed' | 'inconclusive';

export interface AnalysisJudgement {
  readonly verdict: AnalysisVerdict;
  /** The metric that failed, or that could not be judged. */
  readonly metric: AnalysisMetric | null;
}

/** When the next measurement is due, epoch milliseconds: one interval after the beginning, then one after the last. */
export function nextMeasurementAt(
  analysis: Analysis,
  { startedAt, measurements }: Pick<AnalysisInput, 'startedAt' | 'measurements'>,
): number {
  return (measurements.at(-1)?.at ?? startedAt) + analysis.intervalMs;
}

/** The sample that a metric needs: the policy's, but never more than there are updated devices, and at least one. */
export function neededSample(metric: AnalysisMetric, updated: number): number {
  return Math.max(1, Math.min(metric.minimumSample, updated));
}

/** Thousandths of a bound of the policy, which has at most three decimals. */
function thousandths(bound: number): bigint {
  return BigInt(Math.round(bound * 1_000));
}

/** Whether a condition holds; null: it needs a baseline and there is none. */
function holds(condition: MetricCondition, { value, baseline }: { value: number; baseline: number | null }): boolean | null {
  if (!('percentOfBaseline' in condition)) return compare(condition.is, BigInt(value), thousandths(condition.value));
  if (baseline === null) return null;
  const bound = BigInt(baseline) * BigInt(condition.percentOfBaseline) + thousandths(condition.plus ?? 0) * 100n;
  return compare(condition.is, BigInt(value) * 100n, bound);
}

function compare(is: MetricCondition['is'], left: bigint, right: bigint): boolean {
  switch (is) {
    case 'below':
      return left < right;
    case 'at_most':
      return left <= right;
    case 'at_least':
      return left >= right;
    case 'above':
      return left > right;
    default:
      return assertNever(is);
  }
}

/** Judges one measurement of a metric. `updated`: how many devices of the wave run the release. */
export function judgeMeasurement(metric: AnalysisMetric, numbers: MetricNumbers, updated: number): MeasurementOutcome {
  const { value, baseline, sample } = numbers;
  if (value === null || sample < neededSample(metric, updated)) return 'inconclusive';
  const { successCondition, failureCondition } = metric;
  const good = successCondition === undefined ? null : holds(successCondition, { value, baseline });
  const bad = failureCondition === undefined ? null : holds(failureCondition, { value, baseline });
  if (bad === true) return 'failure';
  if (successCondition === undefined) return bad === false ? 'success' : 'inconclusive';
  if (failureCondition === undefined) return good === null ? 'inconclusive' : good ? 'success' : 'failure';
  return good === true && bad === false ? 'success' : 'inconclusive';
}

/** Judges all metrics of a pending measurement. */
export function judgePending(analysis: Analysis, pending: readonly MetricNumbers[], updated: number): readonly MetricResult[] {
  return analysis.metrics.map((metric) => {
    const numbers = pending.find(({ name }) => name === metric.name) ?? { name: metric.name, sample: 0, value: null, baseline: null };
    return { ...numbers, outcome: judgeMeasurement(metric, numbers, updated) };
  });
}

/** How one metric stands after its measurements so far. */
export function judgeMetric(metric: AnalysisMetric, outcomes: readonly MeasurementOutcome[], count: number): AnalysisVerdict {
  let [failures, inconclusive, inARow] = [0, 0, 0];
  for (const outcome of outcomes.slice(0, count)) {
    if (outcome === 'failure') failures += 1;
    if (outcome === 'inconclusive') inconclusive += 1;
    inARow = outcome === 'success' ? inARow + 1 : 0;
    if (failures > (metric.failureLimit ?? 0)) return 'failed';
    if (inconclusive > (metric.inconclusiveLimit ?? 0)) return 'inconclusive';
    if (inARow === metric.consecutiveSuccessLimit) return 'passed';
  }
  if (outcomes.length < count) return 'open';
  return metric.consecutiveSuccessLimit === undefined ? 'passed' : 'inconclusive';
}

/** How the analysis stands: a failed metric decides at once, before an inconclusive one; it passes when every metric that decides has. */
export function judgeAnalysis(analysis: Analysis, measurements: readonly Measurement[]): AnalysisJudgement {
  const deciding = analysis.metrics.filter(({ dryRun }) => dryRun !== true);
  const verdicts = deciding.map((metric) => ({ metric, verdict: judgeMetric(metric, outcomesOf(metric, measurements), analysis.count) }));
  const stopping =
    verdicts.find(({ verdict }) => verdict === 'failed') ?? verdicts.find(({ verdict }) => verdict === 'inconclusive') ?? null;
  if (stopping !== null) return stopping;
  const isOver = measurements.length >= analysis.count || (deciding.length > 0 && verdicts.every(({ verdict }) => verdict === 'passed'));
  return { verdict: isOver ? 'passed' : 'open', metric: null };
}

function outcomesOf(metric: AnalysisMetric, measurements: readonly Measurement[]): readonly MeasurementOutcome[] {
  return measurements.map(({ results }) => results.find(({ name }) => name === metric.name)?.outcome ?? 'inconclusive');
}
