/** What measurements say to people. */
import type { Analysis, AnalysisMetric, MetricCondition } from '@sluice/contracts';
import { type AnalysisJudgement, type Measurement, type MetricResult, neededSample } from './analysis.ts';
import { devices } from './sentences.ts';

const decimal = (thousandths: number): string => String(thousandths / 1_000);

const comparisonWords = { below: 'below', at_most: 'at most', at_least: 'at least', above: 'above' } as const;

function conditionWords(condition: MetricCondition): string {
  const is = comparisonWords[condition.is];
  if (!('percentOfBaseline' in condition)) return `${is} ${condition.value}`;
  const plus = condition.plus === undefined ? '' : ` plus ${condition.plus}`;
  return `${is} ${condition.percentOfBaseline} % of its baseline${plus}`;
}

const baselineWords = { before_update: 'the same devices before', not_updated_now: 'devices not updated yet' } as const;

/** One metric of one measurement, such as `lag was 120 over 9 devices (the same devices before: 40)`. */
export function resultSentence(metric: AnalysisMetric, result: MetricResult, updated: number): string {
  const { name, sample, value, baseline } = result;
  const needed = neededSample(metric, updated);
  if (value === null || sample < needed) {
    const both = metric.baseline === 'before_update' ? ', now and before the update' : '';
    return `${name}: ${sample} of ${devices(updated)} reported it${both}, ${needed} ${needed === 1 ? 'is' : 'are'} needed`;
  }
  const compared =
    metric.baseline === undefined ? '' : ` (${baselineWords[metric.baseline]}: ${baseline === null ? 'no number' : decimal(baseline)})`;
  return `${name} was ${decimal(value)} over ${devices(sample)}${compared}`;
}

/** What a measurement of a wave found. */
export function measurementSentence(
  name: string,
  analysis: Analysis,
  measurement: Measurement,
  place: { number: number; updated: number },
): string {
  const parts = measurement.results.map((result) => {
    const metric = analysis.metrics.find((each) => each.name === result.name);
    const dry = metric?.dryRun === true ? ', dry run' : '';
    return metric === undefined ? result.name : `${resultSentence(metric, result, place.updated)}: ${result.outcome}${dry}`;
  });
  return `${name}, measurement ${place.number} of ${analysis.count}: ${parts.join('; ')}.`;
}

/** Why the analysis of a wave failed or could not be judged. */
export function judgementSentence(
  name: string,
  { metric, verdict }: AnalysisJudgement,
  last: Measurement | undefined,
  updated: number,
): string {
  const result = last?.results.find((each) => each.name === metric?.name);
  if (metric === null || result === undefined) return `${name} passed its analysis.`;
  const found = resultSentence(metric, result, updated);
  if (verdict === 'failed') return `${name}: the analysis failed: ${found}, ${wanted(metric)} (${allowed(metric.failureLimit, 'failed')}).`;
  const ask = result.value === null ? '' : `, ${wanted(metric)}`;
  return `${name}: the analysis could not judge: ${found}${ask} (${allowed(metric.inconclusiveLimit, 'inconclusive')}).`;
}

function wanted({ successCondition, failureCondition }: AnalysisMetric): string {
  const good = successCondition === undefined ? [] : [`must be ${conditionWords(successCondition)}`];
  const bad = failureCondition === undefined ? [] : [`fails when ${conditionWords(failureCondition)}`];
  return [...good, ...bad].join(', ');
}

function allowed(limit = 0, word: string): string {
  return limit === 0 ? `no ${word} measurement is allowed` : `${limit} ${word} measurements are allowed`;
}
