/** What the devices of the simulator report, added up for a measurement as the statement of the SQL store does. */
import type { AnalysisMetric } from '@sluice/contracts';
import { type AnalysisInput, type MetricNumbers, nextMeasurementAt } from '../analysis.ts';
import { wavePolicyOf } from '../late-wave.ts';
import type { Fleet } from './constraints.ts';
import type { StoredWave } from './stored.ts';

/** What the engine is told about the analysis of a wave; numbers only when a measurement is due. */
export function analysisOf(fleet: Fleet, wave: StoredWave, now: number): AnalysisInput | null {
  const analysis = wavePolicyOf(fleet.scenario.policy, wave.index)?.analysis;
  const { analysisStartedAt: startedAt, measurements } = wave;
  if (analysis === undefined || startedAt === null) return null;
  const isDue = wave.state === 'analyzing' && now >= nextMeasurementAt(analysis, { startedAt, measurements });
  return { startedAt, measurements, pending: isDue ? analysis.metrics.map((metric) => measure(fleet, metric, wave.index, now)) : null };
}

function measure(fleet: Fleet, metric: AnalysisMetric, wave: number, now: number): MetricNumbers {
  const all = [...fleet.deployments.values()].map((deployment) => ({
    ...deployment,
    before: reportedBefore(fleet, deployment.deviceId, metric),
    after: reportedAfter(fleet, deployment.deviceId, { metric, now }),
  }));
  const updated = all.filter((each) => each.wave === wave && each.state === 'succeeded' && each.after !== null);
  const used = metric.baseline === 'before_update' ? updated.filter(({ before }) => before !== null) : updated;
  const waiting = all.filter((each) => each.wave > wave && (each.state === 'scheduled' || each.state === 'queued'));
  const others = metric.baseline === 'before_update' ? used : metric.baseline === 'not_updated_now' ? waiting : [];
  return {
    name: metric.name,
    sample: used.length,
    value: aggregateOf(metric.aggregate, numbers(used.map(({ after }) => after))),
    baseline: aggregateOf(metric.aggregate, numbers(others.map(({ before }) => before))),
  };
}

/** What a device reports of a metric while it runs what it ran before; null: nothing. */
export function reportedBefore({ devices }: Fleet, deviceId: string, metric: AnalysisMetric): number | null {
  return devices.get(deviceId)?.measured[metric.signal]?.before ?? null;
}

/** What a device reports of a metric at a time after its update; null: nothing. */
export function reportedAfter({ devices, start }: Fleet, deviceId: string, at: { metric: AnalysisMetric; now: number }): number | null {
  const model = devices.get(deviceId)?.measured[at.metric.signal];
  const isSpike = Math.floor((at.now - start) / 600_000) % 2 === 1;
  return model === undefined || model.after === null ? null : model.after + (isSpike ? model.spike : 0);
}

function numbers(values: readonly (number | null)[]): readonly number[] {
  return values.filter((value) => value !== null);
}

function aggregateOf(aggregate: AnalysisMetric['aggregate'], values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const place = { minimum: 0, maximum: sorted.length - 1, p95: Math.ceil((sorted.length * 95) / 100) - 1 };
  if (aggregate !== 'mean') return sorted[place[aggregate]] ?? null;
  return Math.round(sorted.reduce((sum, value) => sum + value, 0) / sorted.length);
}
