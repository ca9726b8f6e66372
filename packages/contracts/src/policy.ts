import { type Static, Type } from 'typebox';
import { Analysis } from './analysis.ts';
import { Closed, Labels } from './schema.ts';
import { OneOf } from './states.ts';

/**
 * One wave of a rollout policy: how many of the rollout's eligible devices it takes.
 * `percent` is cumulative: waves of 10 and 50 take the first tenth, then the devices up to the half. `rest` takes all that remain.
 * `labels` takes the devices with these labels that no earlier such wave took; the other waves share what no wave takes by its labels.
 */
export const WaveSize = Type.Union([
  Closed({ kind: Type.Literal('count'), count: Type.Integer({ minimum: 1, maximum: 10_000_000 }) }),
  Closed({ kind: Type.Literal('percent'), percent: Type.Integer({ minimum: 1, maximum: 100 }) }),
  Closed({ kind: Type.Literal('rest') }),
  Closed({ kind: Type.Literal('labels'), matchLabels: Labels }),
]);
export type WaveSize = Static<typeof WaveSize>;

const percent = (description: string) => Type.Integer({ minimum: 0, maximum: 100, description });

/** More devices with such an end than this many percent of the eligible ones is a breach, however few failed in all. */
export const FailureLimits = Closed({
  failed: Type.Optional(percent('Failed before anything changed.')),
  rolled_back: Type.Optional(percent('Did not become healthy and went back.')),
  rollback_failed: Type.Optional(percent('Did not become healthy and could not go back.')),
  rejected: Type.Optional(percent('Refused by the device.')),
  timed_out: Type.Optional(percent('Did not finish before the deadline.')),
});
export type FailureLimits = Static<typeof FailureLimits>;
/** The ends of a deployment that count as a failure. */
export type FailureType = keyof FailureLimits;

/** The threshold gate of a wave: exact integer percentages over its eligible devices, judged only from `minimumSample` finished devices on. */
export const Threshold = Closed({
  successPercent: Type.Integer({ minimum: 0, maximum: 100, description: 'At least so many percent of the eligible devices must succeed.' }),
  errorPercent: Type.Integer({ minimum: 0, maximum: 100, description: 'More failed devices than this many percent is a breach, at once.' }),
  minimumSample: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
  failureLimits: Type.Optional(FailureLimits),
});
export type Threshold = Static<typeof Threshold>;

/** Who must say yes: so many different people, of at least this role. An edit of the rollout voids what was said before. */
export const Approval = Closed({
  required: Type.Integer({ minimum: 1, maximum: 20 }),
  role: OneOf(['operator', 'owner'] as const),
  creatorExcluded: Type.Boolean({ description: 'Whoever created the rollout cannot approve it.' }),
});
export type Approval = Static<typeof Approval>;

const perMinute = Type.Integer({ minimum: 1, maximum: 10_000_000 });

/**
 * How fast the release is offered. `constant`: at most so many devices a minute. `exponential`: `basePerMinute` at first, `factorPercent`
 * of it (200 doubles) after each further `every` devices that were offered the release or that succeeded, up to `maximumPerMinute`.
 */
export const Rate = Type.Union([
  Closed({ kind: Type.Literal('constant'), perMinute }),
  Closed({
    kind: Type.Literal('exponential'),
    basePerMinute: perMinute,
    factorPercent: Type.Integer({ minimum: 101, maximum: 1_000 }),
    every: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
    on: OneOf(['offered', 'succeeded'] as const),
    maximumPerMinute: perMinute,
  }),
]);
export type Rate = Static<typeof Rate>;

/**
 * When devices may be changed: times that recur on their own wall clock (`device`) or on that of one zone. `recurrence` is a rule of RFC 5545
 * without its times of day, such as `FREQ=WEEKLY;BYDAY=SA,SU`; `anchor` is the day it counts from where that matters (`INTERVAL`, `COUNT`).
 * `leadMinutes`: a device is told so long before, fetches everything, and waits by itself for the window to open (default 0).
 */
export const MaintenanceWindow = Closed({
  recurrence: Type.String({ minLength: 10, maxLength: 200 }),
  startTime: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'Local time of day, such as 02:30.' }),
  durationMinutes: Type.Integer({ minimum: 1, maximum: 7 * 1_440 }),
  timeZone: Type.String({ minLength: 1, maxLength: 100, description: 'An IANA name, or `device` for the zone of each device.' }),
  anchor: Type.Optional(Type.String({ pattern: '^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' })),
  leadMinutes: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 1_440, description: 'Offered so long before the window opens.' })),
});
export type MaintenanceWindow = Static<typeof MaintenanceWindow>;

/** Which failures are tried again on the same device. `rejected` never is: the device said no. */
export const Retries = Closed({
  failed: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 20, description: 'Further attempts after a failure before anything changed.' }),
  ),
  rolled_back: Type.Optional(Type.Integer({ minimum: 0, maximum: 20, description: 'Further attempts after the device went back.' })),
  backOffMs: Type.Integer({
    minimum: 0,
    maximum: 86_400_000,
    description: 'Wait before the second attempt; doubles with each further one.',
  }),
});
export type Retries = Static<typeof Retries>;

/**
 * What becomes of a device that was not seen for `afterMs` when the rollout is planned, when its wave starts, or before it accepted the offer:
 * `wait` for it until the deadline (as without this), put it into a wave after all others (`late_wave`), or leave it out (`exclude`).
 */
export const OfflinePolicy = Closed({
  afterMs: Type.Integer({ minimum: 300_000, maximum: 90 * 86_400_000 }),
  action: OneOf(['wait', 'late_wave', 'exclude'] as const),
});
export type OfflinePolicy = Static<typeof OfflinePolicy>;

export const WavePolicy = Closed({
  size: WaveSize,
  threshold: Threshold,
  soakMs: Type.Integer({
    minimum: 0,
    maximum: 30 * 86_400_000,
    description: 'Every device of the wave must stay healthy for this long before the next wave starts.',
  }),
  analysis: Type.Optional(Analysis),
  approval: Type.Optional(Approval),
});
export type WavePolicy = Static<typeof WavePolicy>;

/** What the engine does when a wave breaches its threshold. */
export const breachActions = ['pause', 'abort', 'roll_back'] as const;
export type BreachAction = (typeof breachActions)[number];

const RollbackWaveSize = Type.Union([
  Closed({ kind: Type.Literal('count'), count: Type.Integer({ minimum: 1, maximum: 10_000_000 }) }),
  Closed({ kind: Type.Literal('percent'), percent: Type.Integer({ minimum: 1, maximum: 100 }) }),
  Closed({ kind: Type.Literal('rest') }),
]);

/**
 * How devices go back when a rollout is rolled back: in waves, too, those that are unhealthy first. What is left out follows from the rest of
 * the policy. A rollback has no window, no approval and no analysis, is held by no freeze and no hold, and is never rolled back by itself.
 */
export const RollbackPolicy = Closed({
  waves: Type.Optional(
    Type.Array(RollbackWaveSize, {
      minItems: 1,
      maxItems: 20,
      description: 'Default: as many as the first wave of the policy takes (10 percent where that goes by labels), then the rest.',
    }),
  ),
  errorPercent: Type.Optional(percent('More devices of a wave than this that cannot go back: the rollback pauses. Default 20.')),
  soakMs: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 30 * 86_400_000,
      description: 'How long the devices of a wave stay healthy before the next goes back. Default 0: a device is back once it is healthy.',
    }),
  ),
  rate: Type.Optional(Rate),
  retries: Type.Optional(Retries),
});
export type RollbackPolicy = Static<typeof RollbackPolicy>;

/**
 * An immutable, versioned plan of how a release reaches the devices of a stage.
 * `membership`: `snapshot` (the default) takes the devices that are there at the start; `continuous` also those that join while the rollout
 * runs, in a wave after all others.
 */
export const RolloutPolicy = Closed({
  waves: Type.Array(WavePolicy, { minItems: 1, maxItems: 100 }),
  order: OneOf(['random', 'name'] as const),
  spreadBy: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 63,
      description: 'A label, such as site: every wave takes its share of each of its values, so that no wave hits all of one.',
    }),
  ),
  deploymentDeadlineMs: Type.Integer({
    minimum: 1_000,
    maximum: 90 * 86_400_000,
    description: 'A device that has not finished so long after its wave started is timed out.',
  }),
  onBreach: OneOf(breachActions),
  approval: Type.Optional(Approval),
  rate: Type.Optional(Rate),
  retries: Type.Optional(Retries),
  window: Type.Optional(MaintenanceWindow),
  offline: Type.Optional(OfflinePolicy),
  membership: Type.Optional(OneOf(['snapshot', 'continuous'] as const)),
  rollback: Type.Optional(RollbackPolicy),
});
export type RolloutPolicy = Static<typeof RolloutPolicy>;
