import { type Static, Type } from 'typebox';
import { Closed, Timestamp, Uuid } from '../schema.ts';
import { ReleaseReference } from './devices.ts';
import { Hold } from './holds.ts';
import { Rollout } from './rollouts.ts';

/** `devices`: the first of them by name, as many as were asked for (`devicesMax`). */
export const NamedDevices = Closed({ count: Type.Integer(), devices: Type.Array(Closed({ id: Uuid, name: Type.String() })) });
export type NamedDevices = Static<typeof NamedDevices>;

/**
 * `POST …/stages/{id}/roll-back`: every device that runs the release of the stage goes back to its own last good one. Takes `Idempotency-Key`.
 * `to`: a release instead; devices that never ran it well stay.
 */
export const RollBackStageRequest = Closed({
  reason: Type.String({ minLength: 1, maxLength: 2_000, description: 'Why: it is the reason of the hold, too.' }),
  to: Type.Optional(Type.Union([Type.Literal('previous'), Uuid], { description: 'Default: previous.' })),
});
export type RollBackStageRequest = Static<typeof RollBackStageRequest>;

export const RollBackStageQuery = Closed({
  validateOnly: Type.Optional(Type.Boolean({ description: 'Only says who would go where. Nothing is written.' })),
  devicesMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000, description: 'Devices to name of each group. Default 20.' })),
});
export type RollBackStageQuery = Static<typeof RollBackStageQuery>;

/** Devices that go the same way. `to` is the release as it was first published; they are told its files under a higher counter. */
export const RollBackGroup = Closed({
  from: ReleaseReference,
  to: ReleaseReference,
  stageId: Type.Union([Uuid, Type.Null()], { description: 'The stage in which they had it, whose variables they get.' }),
  stageName: Type.String(),
  rolloutId: Type.Union([Uuid, Type.Null()], {
    description: 'The rollback that takes them there; null in a preview, and for devices of the rollout that is ended: it makes its own.',
  }),
  devices: NamedDevices,
});
export type RollBackGroup = Static<typeof RollBackGroup>;

/** What rolling a stage back does, or (`validateOnly`) would do. */
export const StageRollBack = Closed({
  stageId: Uuid,
  stageName: Type.String(),
  left: Type.Array(ReleaseReference, { description: 'What is given up, and held for the stage.' }),
  ended: Type.Union([Rollout, Type.Null()], { description: 'The rollout that was under way there, and is ended by this.' }),
  groups: Type.Array(RollBackGroup),
  changing: NamedDevices,
  withoutPrevious: NamedDevices,
  holds: Type.Array(Hold),
  freeze: Type.Union([Closed({ name: Type.String(), until: Type.Union([Timestamp, Type.Null()]) }), Type.Null()], {
    description: 'The freeze that holds there now. It does not keep devices from going back.',
  }),
});
export type StageRollBack = Static<typeof StageRollBack>;
