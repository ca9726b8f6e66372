import { type Static, Type } from 'typebox';
import { Closed } from './schema.ts';
import { OneOf } from './states.ts';

/**
 * One wave of a rollout policy: how many of the rollout's eligible devices it takes.
 * `percent` is cumulative: waves of 10 and 50 take the first tenth, then the devices up to the half. `rest` takes all that remain.
 */
export const WaveSize = Type.Union([
  Closed({ kind: Type.Literal('count'), count: Type.Integer({ minimum: 1, maximum: 10_000_000 }) }),
  Closed({ kind: Type.Literal('percent'), percent: Type.Integer({ minimum: 1, maximum: 100 }) }),
  Closed({ kind: Type.Literal('rest') }),
]);
export type WaveSize = Static<typeof WaveSize>;

/** The threshold gate of a wave: exact integer percentages over its eligible devices, judged only from `minimumSample` finished devices on. */
export const Threshold = Closed({
  successPercent: Type.Integer({ minimum: 0, maximum: 100, description: 'At least so many percent of the eligible devices must succeed.' }),
  errorPercent: Type.Integer({ minimum: 0, maximum: 100, description: 'More failed devices than this many percent is a breach, at once.' }),
  minimumSample: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
});
export type Threshold = Static<typeof Threshold>;

export const WavePolicy = Closed({
  size: WaveSize,
  threshold: Threshold,
  soakMs: Type.Integer({
    minimum: 0,
    maximum: 30 * 86_400_000,
    description: 'Every device of the wave must stay healthy for this long before the next wave starts.',
  }),
});
export type WavePolicy = Static<typeof WavePolicy>;

/** What the engine does when a wave breaches its threshold. */
export const breachActions = ['pause', 'abort', 'roll_back'] as const;
export type BreachAction = (typeof breachActions)[number];

/** An immutable, versioned plan of how a release reaches the devices of a stage. */
export const RolloutPolicy = Closed({
  waves: Type.Array(WavePolicy, { minItems: 1, maxItems: 100 }),
  order: OneOf(['random', 'name'] as const),
  deploymentDeadlineMs: Type.Integer({
    minimum: 1_000,
    maximum: 90 * 86_400_000,
    description: 'A device that has not finished so long after its wave started is timed out.',
  }),
  onBreach: OneOf(breachActions),
});
export type RolloutPolicy = Static<typeof RolloutPolicy>;
