/**
 * Measurements of the analysis of a wave. INVARIANTS
 * - One statement per measurement, over the updated devices of that wave; the devices not updated yet that it is compared with are a sample
 *   of bounded size: the cost does not depend on the fleet outside the wave.
 * - Only what a device reported since the last measurement (or since the analysis began, for the first) and after its own update counts.
 */
import type { Analysis, AnalysisMetric, MeasurementOutcome, RolloutPolicy, WavePolicy } from '@sluice/contracts';
import { type AnalysisInput, type Decision, type Measurement, type MetricNumbers, nextMeasurementAt, wavePolicyOf } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { countersOfBaseline, numberOf } from './measured-signals.ts';
import type { Effect, RolloutRun } from './run.ts';

/** Most devices that a baseline of `not_updated_now` looks at. */
const othersMax = 1_000;

type AnalyzedWave = { rolloutId: string; index: number; startedAt: Date; isMeasuring: boolean };

/** The analysis of a wave for the engine: what was measured, and what a measurement gives now if one is due. */
export async function analysisOf(reader: Reader, wave: AnalyzedWave, analysis: Analysis, now: Date): Promise<AnalysisInput> {
  const measurements = await readMeasurements(reader, wave.rolloutId, wave.index);
  const startedAt = wave.startedAt.getTime();
  const isDue = wave.isMeasuring && now.getTime() >= nextMeasurementAt(analysis, { startedAt, measurements });
  const since = new Date(measurements.at(-1)?.at ?? startedAt);
  return { startedAt, measurements, pending: isDue ? await measure(reader, wave, analysis, since) : null };
}

async function readMeasurements(reader: Reader, rolloutId: string, wave: number): Promise<Measurement[]> {
  const rows = await reader.query<{ at: Date; results: Measurement['results'] }>(
    'SELECT at, results FROM wave_measurement WHERE rollout_id = $1 AND wave_index = $2 ORDER BY number',
    [rolloutId, wave],
  );
  return rows.map(({ at, results }) => ({ at: at.getTime(), results }));
}

async function measure(reader: Reader, { rolloutId, index }: AnalyzedWave, { metrics }: Analysis, since: Date): Promise<MetricNumbers[]> {
  const comparesOthers = metrics.some(({ baseline }) => baseline === 'not_updated_now');
  const rows = await reader.query<{ metric: number; sample: number; value: number | null; baseline: number | null }>(
    `WITH updated AS (
       SELECT d.id, ${metrics.map((metric, number) => `${sinceUpdate(metric, number)} AS now_${number}`).join(', ')},
              ${metrics.map((_, number) => `(d.baseline -> 'metrics' ->> ${number})::bigint AS before_${number}`).join(', ')}
         FROM deployment d JOIN device_desired x ON x.device_id = d.device_id AND x.deployment_id = d.id
         JOIN device_observed o ON o.device_id = d.device_id
        WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = 'succeeded' AND jsonb_typeof(o.runtime) = 'object'
          AND o.reported_at > $3::timestamptz AND o.reported_at >= d.finished_at AND $4::text[] IS NOT NULL),
     -- In the order of an index, whose first entries are enough.
     waiting AS (
       SELECT d.device_id FROM deployment d
        WHERE d.rollout_id = $1 AND d.wave_index > $2 AND d.state IN ('scheduled', 'queued') AND $5::boolean
        ORDER BY d.wave_index, d.state LIMIT ${othersMax}),
     other AS (
       SELECT ${metrics.map((metric, number) => `${numberOf(metric, 'before', { place: '$4', number })} AS now_${number}`).join(', ')}
         FROM waiting w JOIN device_observed o ON o.device_id = w.device_id
        WHERE jsonb_typeof(o.runtime) = 'object' AND o.reported_at > $3::timestamptz)
     ${metrics.map(aggregation).join(' UNION ALL ')} ORDER BY 1`,
    [rolloutId, index, since, metrics.map(({ kpi }) => kpi ?? ''), comparesOthers],
  );
  return rows.map(({ metric, ...numbers }) => ({ name: metrics[metric]?.name ?? '', ...numbers }));
}

const sinceUpdate = (metric: AnalysisMetric, number: number): string => numberOf(metric, 'since', { place: '$4', number });

/** One metric over all devices. Aggregates are exact: the mean is rounded to thousandths, the percentile is the nearest rank. */
function aggregation(metric: AnalysisMetric, number: number): string {
  const [now, before] = [`now_${number}`, `before_${number}`];
  const isPaired = metric.baseline === 'before_update';
  const baselines = {
    before_update: aggregate(metric.aggregate, before),
    not_updated_now: `(SELECT ${aggregate(metric.aggregate, now)} FROM other WHERE ${now} IS NOT NULL)`,
  };
  return `
    SELECT ${number} AS metric, count(*)::int AS sample, ${aggregate(metric.aggregate, now)} AS value,
           ${metric.baseline === undefined ? 'NULL::float8' : baselines[metric.baseline]} AS baseline
      FROM updated WHERE ${now} IS NOT NULL ${isPaired ? `AND ${before} IS NOT NULL` : ''}`;
}

function aggregate(kind: AnalysisMetric['aggregate'], column: string): string {
  const exact = {
    mean: `round(avg(${column}))`,
    minimum: `min(${column})`,
    maximum: `max(${column})`,
    p95: `(array_agg(${column} ORDER BY ${column}))[((count(*) * 95 + 99) / 100)::int]`,
  };
  return `(${exact[kind]})::float8`;
}

/** The names of KPIs by number of metric, as the statements take them. */
export function kpisOf(policy: RolloutPolicy, wave: number): string[] {
  return (wavePolicyOf(policy, wave)?.analysis?.metrics ?? []).map(({ kpi }) => kpi ?? '');
}

/** SQL of what is kept of a device's report `o` when it is offered the release, for the analysis of its wave; null: nothing is. */
export function baselineOf(wave: WavePolicy | undefined, kpiPlace: string): string | null {
  const metrics = wave?.analysis?.metrics ?? [];
  if (!metrics.some(({ baseline, signal }) => baseline === 'before_update' || signal === 'errors_per_hour')) return null;
  const numbers = metrics.map((metric, number) =>
    metric.baseline === 'before_update' ? numberOf(metric, 'before', { place: kpiPlace, number }) : 'NULL::bigint',
  );
  return `(SELECT ${countersOfBaseline} || jsonb_build_object('metrics', jsonb_build_array(${numbers.join(', ')}))
             FROM device_observed o WHERE o.device_id = d.device_id AND jsonb_typeof(o.runtime) = 'object' AND ${kpiPlace}::text[] IS NOT NULL)`;
}

type DecisionOf<K extends Decision['kind']> = Extract<Decision, { kind: K }>;

export async function beginAnalysis({ tx, record }: RolloutRun, decision: DecisionOf<'begin_analysis'>): Promise<Effect> {
  await tx.execute(`UPDATE wave SET state = 'analyzing', analysis_started_at = $3 WHERE rollout_id = $1 AND index = $2`, [
    record.id,
    decision.wave,
    new Date(decision.startedAt),
  ]);
  return {};
}

/** Under the lock of the wave: the primary key refuses a second measurement of the same number. */
export async function recordMeasurement({ tx, record }: RolloutRun, decision: DecisionOf<'record_measurement'>): Promise<Effect> {
  await tx.execute(
    `INSERT INTO wave_measurement (rollout_id, wave_index, number, at, updated, results)
     SELECT $1, $2, $3, $4, coalesce((w.counts ->> 'succeeded')::int, 0), $5 FROM wave w WHERE w.rollout_id = $1 AND w.index = $2`,
    [record.id, decision.wave, decision.measurementsBefore + 1, new Date(decision.measuredAt), JSON.stringify(decision.results)],
  );
  return {};
}

/** What a decision was made from, for its row and the ledger: whole numbers by metric, in thousandths, and how the metric counts. */
export function measuredNumbers(measured: Measurement['results']): Record<string, number> {
  const outcomes: Record<MeasurementOutcome, number> = { success: 1, inconclusive: 0, failure: -1 };
  return Object.fromEntries(
    measured.flatMap(({ name, sample, value, baseline, outcome }) => [
      [`${name}_devices`, sample],
      ...(value === null ? [] : [[`${name}_thousandths`, value] as const]),
      ...(baseline === null ? [] : [[`${name}_baseline_thousandths`, baseline] as const]),
      [`${name}_outcome`, outcomes[outcome]],
    ]),
  );
}
