import { type Static, Type } from 'typebox';
import { RolloutPolicy } from '../policy.ts';
import { Closed, Name, Text, Timestamp, Uuid, VariableName } from '../schema.ts';
import { OneOf } from '../states.ts';

export const Stage = Closed({
  id: Uuid,
  pipelineId: Uuid,
  name: Type.String(),
  position: Type.Integer({ minimum: 0 }),
  groupIds: Type.Array(Uuid),
  policy: RolloutPolicy,
  policyVersion: Type.Integer({ minimum: 1 }),
  version: Type.Integer(),
});
export type Stage = Static<typeof Stage>;

export const Pipeline = Closed({ id: Uuid, applicationId: Uuid, name: Type.String(), createdAt: Timestamp, stages: Type.Array(Stage) });
export type Pipeline = Static<typeof Pipeline>;

export const StageInput = Closed({ name: Name, groupIds: Type.Array(Uuid, { maxItems: 100, uniqueItems: true }), policy: RolloutPolicy });
export type StageInput = Static<typeof StageInput>;
export const CreatePipelineRequest = Closed({ name: Name, stages: Type.Array(StageInput, { minItems: 1, maxItems: 20 }) });
export type CreatePipelineRequest = Static<typeof CreatePipelineRequest>;

/** `PATCH …/stages/{id}` with `If-Match`: what is left out stays. A new policy becomes a new policy version; rollouts keep theirs. */
export const UpdateStageRequest = Closed({
  name: Type.Optional(Name),
  groupIds: Type.Optional(Type.Array(Uuid, { maxItems: 100, uniqueItems: true })),
  policy: Type.Optional(RolloutPolicy),
});
export type UpdateStageRequest = Static<typeof UpdateStageRequest>;

/** Where a variable is set; later in this list wins. */
export const variableScopes = ['organization', 'application', 'stage', 'group', 'device'] as const;
export type VariableScope = (typeof variableScopes)[number];

/** A variable as it is shown: the value of a secret never is. `scopeId` is the id of the organization, application, stage, group or device. */
export const Variable = Closed({
  id: Uuid,
  scope: OneOf(variableScopes),
  scopeId: Uuid,
  name: VariableName,
  secret: Type.Boolean(),
  value: Type.Union([Type.String(), Type.Null()]),
  updatedAt: Timestamp,
});
export type Variable = Static<typeof Variable>;
/** `PUT …/variables`: set one. */
export const SetVariableRequest = Closed({
  scope: OneOf(variableScopes),
  scopeId: Uuid,
  name: VariableName,
  secret: Type.Optional(Type.Boolean()),
  value: Type.String({ maxLength: 65_536 }),
  reason: Type.Optional(Text),
});
export type SetVariableRequest = Static<typeof SetVariableRequest>;
