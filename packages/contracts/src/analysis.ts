import { type Static, Type } from 'typebox';
import { Closed } from './schema.ts';
import { OneOf } from './states.ts';

/**
 * What the health reports of a device tell about what it runs, as one number each:
 * - `errors_per_hour`: errors that no flow caught, since the update or the start of the runtime;
 * - `messages_per_second`, `event_loop_lag_ms`, `heap_used_mebibytes`, `resident_mebibytes`: as the probe measured them last;
 * - `connections_down`: connections of nodes that are not up;
 * - `restarted`: 1 when the runtime has started again since the update ended, else 0; its mean is the share of such devices;
 * - `kpi`: a number that the flows declare themselves, named by `kpi`.
 */
export const analysisSignals = [
  'errors_per_hour',
  'messages_per_second',
  'event_loop_lag_ms',
  'heap_used_mebibytes',
  'resident_mebibytes',
  'connections_down',
  'restarted',
  'kpi',
] as const;
export type AnalysisSignal = (typeof analysisSignals)[number];

/** How a number is compared. */
export const comparisons = ['below', 'at_most', 'at_least', 'above'] as const;
export type Comparison = (typeof comparisons)[number];

const Bound = Type.Number({ minimum: -1e12, maximum: 1e12, description: 'At most three decimals.' });

/** A condition on the number of a metric: against a bound, or against so many percent of its baseline, and so much more. */
export const MetricCondition = Type.Union([
  Closed({ is: OneOf(comparisons), value: Bound }),
  Closed({ is: OneOf(comparisons), percentOfBaseline: Type.Integer({ minimum: 0, maximum: 10_000 }), plus: Type.Optional(Bound) }),
]);
export type MetricCondition = Static<typeof MetricCondition>;

const limit = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000, description }));

/** A number over the updated devices of a wave, and what it must be. A condition alone decides both ways; with two, what meets neither is inconclusive. */
export const AnalysisMetric = Closed({
  name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' }),
  signal: OneOf(analysisSignals),
  kpi: Type.Optional(
    Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,62}$', description: 'The name of the number, for the signal `kpi`.' }),
  ),
  aggregate: OneOf(['mean', 'minimum', 'maximum', 'p95'] as const),
  baseline: Type.Optional(OneOf(['before_update', 'not_updated_now'] as const)),
  successCondition: Type.Optional(MetricCondition),
  failureCondition: Type.Optional(MetricCondition),
  minimumSample: Type.Integer({
    minimum: 1,
    maximum: 10_000_000,
    description: 'With fewer devices that report it the measurement is inconclusive; never more than the wave has updated.',
  }),
  failureLimit: limit('So many failed measurements are allowed (default 0).'),
  inconclusiveLimit: limit('So many inconclusive measurements are allowed (default 0).'),
  consecutiveSuccessLimit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: 'So many good measurements in a row end the metric early, and are needed.' }),
  ),
  dryRun: Type.Optional(Type.Boolean({ description: 'Shown, never decides.' })),
});
export type AnalysisMetric = Static<typeof AnalysisMetric>;

/** The analysis gate of a wave, after its soak: all metrics are measured every `intervalMs`, `count` times, the first time after one interval. */
export const Analysis = Closed({
  intervalMs: Type.Integer({ minimum: 1_000, maximum: 7 * 86_400_000 }),
  count: Type.Integer({ minimum: 1, maximum: 1_000 }),
  metrics: Type.Array(AnalysisMetric, { minItems: 1, maxItems: 20 }),
});
export type Analysis = Static<typeof Analysis>;

/** Why a measurement of a metric counts as it does. */
export const measurementOutcomes = ['success', 'failure', 'inconclusive'] as const;
export type MeasurementOutcome = (typeof measurementOutcomes)[number];
