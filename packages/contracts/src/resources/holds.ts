import { type Static, Type } from 'typebox';
import { PageQuery } from '../paging.ts';
import { Closed, Timestamp, Uuid } from '../schema.ts';

const Nobody = Type.Union([Type.String(), Type.Null()]);

/**
 * Promotions into a stage do not start while it holds: of one release, or (`releaseId` null) of any. Placed by a person, or when a person
 * aborts or rolls back a rollout that had started (`rolloutId`); what runs already goes on.
 */
export const Hold = Closed({
  id: Uuid,
  stageId: Uuid,
  releaseId: Type.Union([Uuid, Type.Null()]),
  rolloutId: Type.Union([Uuid, Type.Null()]),
  reason: Type.String(),
  createdBy: Type.String(),
  createdAt: Timestamp,
  liftedAt: Type.Union([Timestamp, Type.Null()]),
  liftedBy: Nobody,
  liftReason: Nobody,
  active: Type.Boolean({ description: 'It holds now.' }),
});
export type Hold = Static<typeof Hold>;

const Reason = Type.String({ minLength: 1, maxLength: 2_000 });

/** `POST …/holds`. */
export const CreateHoldRequest = Closed({
  stageId: Uuid,
  releaseId: Type.Optional(Uuid),
  reason: Reason,
});
export type CreateHoldRequest = Static<typeof CreateHoldRequest>;

/** `POST …/holds/{id}/lift`: a person says why it is safe to go on. */
export const LiftHoldRequest = Closed({ reason: Reason });
export type LiftHoldRequest = Static<typeof LiftHoldRequest>;

export const HoldQuery = Closed({
  ...PageQuery.properties,
  stageId: Type.Optional(Uuid),
  active: Type.Optional(Type.Boolean({ description: 'true: only those that hold now.' })),
});
export type HoldQuery = Static<typeof HoldQuery>;
