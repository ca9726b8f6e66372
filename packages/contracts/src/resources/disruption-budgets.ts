import { type Static, Type } from 'typebox';
import { Closed, Labels, Name, Text, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** So many devices, or so many percent of those that the budget is about: rounded down, but always at least one. */
export const MaximumUnavailable = Closed({
  count: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
  unit: OneOf(['devices', 'percent'] as const),
});
export type MaximumUnavailable = Static<typeof MaximumUnavailable>;

const parts = {
  name: Name,
  matchLabels: Labels,
  perLabel: Type.Union([Type.String({ minLength: 1, maxLength: 63 }), Type.Null()], {
    description: 'The budget holds for each value of this label by itself, such as each site. null: for all matching devices together.',
  }),
  maximumUnavailable: MaximumUnavailable,
};

/**
 * How many devices may be unavailable at once, over all rollouts: in the middle of a change, or unhealthy. Devices without the label of
 * `perLabel` are a value of their own.
 */
export const DisruptionBudget = Closed({ id: Uuid, ...parts, createdAt: Timestamp, version: Type.Integer() });
export type DisruptionBudget = Static<typeof DisruptionBudget>;

/** One value of a budget's label now. `value` null: devices without the label, or a budget without one. */
export const DisruptionBudgetUse = Closed({
  value: Type.Union([Type.String(), Type.Null()]),
  devices: Type.Integer(),
  unavailable: Type.Integer(),
  allowed: Type.Integer(),
});
export type DisruptionBudgetUse = Static<typeof DisruptionBudgetUse>;

export const DisruptionBudgetDetail = Closed({
  ...DisruptionBudget.properties,
  use: Type.Array(DisruptionBudgetUse, { description: 'The fullest first; at most 1,000.' }),
});
export type DisruptionBudgetDetail = Static<typeof DisruptionBudgetDetail>;

/** `POST …/disruption-budgets`, and `PUT …/disruption-budgets/{id}` with `If-Match` optional. */
export const DisruptionBudgetRequest = Closed({
  name: parts.name,
  matchLabels: Type.Optional(parts.matchLabels),
  perLabel: Type.Optional(parts.perLabel),
  maximumUnavailable: parts.maximumUnavailable,
  reason: Type.Optional(Text),
});
export type DisruptionBudgetRequest = Static<typeof DisruptionBudgetRequest>;
