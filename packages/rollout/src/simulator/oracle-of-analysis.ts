/** A second opinion on measurements: from single devices, with fractions, sharing no code with the engine. */
import type { AnalysisMetric, MetricCondition } from '@sluice/contracts';
import { reportedAfter, reportedBefore } from './measuring.ts';
import { rulesOf } from './oracle.ts';
import type { World } from './world.ts';

export type Recount = { sample: number; value: number | null; baseline: number | null; outcome: string };

function ranked(values: readonly number[], aggregate: AnalysisMetric['aggregate']): number | null {
  if (values.length === 0) return null;
  if (aggregate === 'maximum') return Math.max(...values);
  if (aggregate === 'minimum') return Math.min(...values);
  if (aggregate === 'mean') return Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
  // The smallest value that 95 percent of all do not exceed.
  return Math.min(...values.filter((value) => values.filter((other) => other <= value).length * 100 >= values.length * 95));
}

/** Measures a metric over the devices as they are now. */
export function remeasure(world: World, wave: number, metric: AnalysisMetric): Recount {
  const [now, earlier, others]: [number[], number[], number[]] = [[], [], []];
  let updated = 0;
  for (const { deviceId, state, wave: ofWave } of world.store.deployments.values()) {
    const before = reportedBefore(world.store.fleet, deviceId, metric);
    if (ofWave === wave && state === 'succeeded') {
      updated += 1;
      const after = reportedAfter(world.store.fleet, deviceId, { metric, now: world.timeline.now() });
      if (after !== null && (metric.baseline !== 'before_update' || before !== null)) now.push(after);
      if (after !== null && before !== null) earlier.push(before);
    }
    if (ofWave > wave && ['scheduled', 'queued'].includes(state) && before !== null) others.push(before);
  }
  const compared = metric.baseline === 'before_update' ? earlier : metric.baseline === 'not_updated_now' ? others : [];
  const [value, baseline] = [ranked(now, metric.aggregate), ranked(compared, metric.aggregate)];
  const isEnough = now.length > 0 && (now.length >= metric.minimumSample || now.length >= updated);
  return { sample: now.length, value, baseline, outcome: isEnough ? outcomeOf(metric, value ?? 0, baseline) : 'inconclusive' };
}

function meets(condition: MetricCondition | undefined, value: number, baseline: number | null): boolean | undefined {
  if (condition === undefined) return undefined;
  const bound =
    'value' in condition
      ? condition.value * 1_000
      : ((baseline ?? Number.NaN) * condition.percentOfBaseline) / 100 + (condition.plus ?? 0) * 1_000;
  if (Number.isNaN(bound)) return undefined;
  return { below: value < bound, at_most: value <= bound, at_least: value >= bound, above: value > bound }[condition.is];
}

function outcomeOf({ successCondition, failureCondition }: AnalysisMetric, value: number, baseline: number | null): string {
  const [good, bad] = [meets(successCondition, value, baseline), meets(failureCondition, value, baseline)];
  if (bad === true || (good === false && failureCondition === undefined)) return 'failure';
  const isGood = successCondition === undefined ? bad === false : good === true && (failureCondition === undefined || bad === false);
  return isGood ? 'success' : 'inconclusive';
}

/** How the analysis of a wave stands by its stored measurements; `none`: it has none. */
export function analysisOutcome(world: World, wave: number): 'none' | 'open' | 'passed' | 'failed' | 'inconclusive' {
  const analysis = rulesOf(world, wave)?.analysis;
  if (analysis === undefined) return 'none';
  const { measurements } = world.store.waves[wave] ?? { measurements: [] };
  const words = analysis.metrics
    .filter((metric) => metric.dryRun !== true)
    .map((metric) => {
      const outcomes = measurements.map(({ results }) => results.find(({ name }) => name === metric.name)?.outcome ?? '');
      for (let length = 1; length <= outcomes.length; length += 1) {
        const part = outcomes.slice(0, length);
        const run = metric.consecutiveSuccessLimit ?? Number.POSITIVE_INFINITY;
        if (part.filter((outcome) => outcome === 'failure').length > (metric.failureLimit ?? 0)) return 'failed';
        if (part.filter((outcome) => outcome === 'inconclusive').length > (metric.inconclusiveLimit ?? 0)) return 'inconclusive';
        if (length >= run && part.slice(-run).every((outcome) => outcome === 'success')) return 'passed';
      }
      if (outcomes.length < analysis.count) return 'open';
      return metric.consecutiveSuccessLimit === undefined ? 'passed' : 'inconclusive';
    });
  if (words.includes('failed')) return 'failed';
  if (words.includes('inconclusive')) return 'inconclusive';
  if (words.length > 0 && words.every((word) => word === 'passed')) return 'passed';
  return measurements.length >= analysis.count ? 'passed' : 'open';
}
