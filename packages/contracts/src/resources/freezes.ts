import { type Static, Type } from 'typebox';
import { PageQuery } from '../paging.ts';
import { Closed, Name, Text, Timestamp, Uuid } from '../schema.ts';

/** A time in which no wave starts and nothing is offered: in one stage, or (`stageId` null) in the whole organization. */
export const Freeze = Closed({
  id: Uuid,
  stageId: Type.Union([Uuid, Type.Null()]),
  name: Name,
  startsAt: Timestamp,
  endsAt: Type.Union([Timestamp, Type.Null()], { description: 'null: until somebody lifts it.' }),
  createdBy: Type.String(),
  createdAt: Timestamp,
  liftedAt: Type.Union([Timestamp, Type.Null()]),
  liftedBy: Type.Union([Type.String(), Type.Null()]),
  active: Type.Boolean({ description: 'It holds now.' }),
});
export type Freeze = Static<typeof Freeze>;

/** `POST …/freezes`. Starts now unless `startsAt` says otherwise. */
export const CreateFreezeRequest = Closed({
  name: Name,
  stageId: Type.Optional(Uuid),
  startsAt: Type.Optional(Timestamp),
  endsAt: Type.Optional(Timestamp),
  reason: Type.Optional(Text),
});
export type CreateFreezeRequest = Static<typeof CreateFreezeRequest>;

/** `POST …/freezes/{id}/lift`. */
export const LiftFreezeRequest = Closed({ reason: Type.Optional(Text) });
export type LiftFreezeRequest = Static<typeof LiftFreezeRequest>;

export const FreezeQuery = Closed({
  ...PageQuery.properties,
  active: Type.Optional(Type.Boolean({ description: 'true: only those that hold now or later.' })),
});
export type FreezeQuery = Static<typeof FreezeQuery>;
