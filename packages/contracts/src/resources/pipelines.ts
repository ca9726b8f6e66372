import { type Static, Type } from 'typebox';
import { Approval, MaintenanceWindow, RolloutPolicy } from '../policy.ts';
import { Closed, Name, Text, Timestamp, Uuid, VariableName } from '../schema.ts';
import { OneOf } from '../states.ts';

/** A pipeline has at most so many stages. */
export const STAGES_MAX = 50;

/**
 * When promotions into a stage may start: times that recur on the clock of one zone. Written as the window of a rollout policy is; when devices
 * may be changed is said there.
 */
export const PromotionWindow = Closed({
  recurrence: MaintenanceWindow.properties.recurrence,
  startTime: MaintenanceWindow.properties.startTime,
  durationMinutes: MaintenanceWindow.properties.durationMinutes,
  timeZone: Type.String({ minLength: 1, maxLength: 100, description: 'An IANA name, such as Europe/Vienna.' }),
  anchor: MaintenanceWindow.properties.anchor,
});
export type PromotionWindow = Static<typeof PromotionWindow>;

/** What a release must pass before it is rolled out to the stage. Without upstream stages `soakMs` asks for nothing. */
export const StageGates = Closed({
  soakMs: Type.Integer({
    minimum: 0,
    maximum: 30 * 86_400_000,
    description: 'The release must have run healthy, without a break, for so long in every upstream stage.',
  }),
  approval: Type.Optional(Approval),
  automatic: Type.Boolean({ description: 'A release that is verified upstream is promoted here without anybody asking for it.' }),
  window: Type.Optional(PromotionWindow),
});
export type StageGates = Static<typeof StageGates>;

/** The gates of a stage for which nobody named any: verified upstream is enough, and a person promotes. */
export const NO_GATES: StageGates = { soakMs: 0, automatic: false };

export const Stage = Closed({
  id: Uuid,
  pipelineId: Uuid,
  name: Type.String(),
  position: Type.Integer({ minimum: 0, description: 'Its place when the stages of the pipeline are shown, from 0.' }),
  upstreamStageIds: Type.Array(Uuid, {
    description: 'All of these must have verified a release before it comes here. None: it may begin here.',
  }),
  groupIds: Type.Array(Uuid),
  policy: RolloutPolicy,
  policyVersion: Type.Integer({ minimum: 1 }),
  gates: StageGates,
  version: Type.Integer(),
  deletedAt: Type.Union([Timestamp, Type.Null()]),
});
export type Stage = Static<typeof Stage>;

/** A pipeline with its stages in their order. One that was deleted shows the stages it had then. */
export const Pipeline = Closed({
  id: Uuid,
  applicationId: Uuid,
  name: Type.String(),
  version: Type.Integer({ description: 'Grows with every change of the pipeline or of one of its stages.' }),
  createdAt: Timestamp,
  deletedAt: Type.Union([Timestamp, Type.Null()]),
  stages: Type.Array(Stage),
});
export type Pipeline = Static<typeof Pipeline>;

const GroupIds = Type.Array(Uuid, { maxItems: 100, uniqueItems: true });
const After = Type.Array(Name, {
  maxItems: STAGES_MAX,
  uniqueItems: true,
  description: 'Names of the stages that it comes after: all of them must have verified a release. Empty: releases may begin here.',
});

/** `after` left out: the stage before it in the list. */
export const StageInput = Closed({
  name: Name,
  groupIds: GroupIds,
  policy: RolloutPolicy,
  after: Type.Optional(After),
  gates: Type.Optional(StageGates),
});
export type StageInput = Static<typeof StageInput>;
export const CreatePipelineRequest = Closed({ name: Name, stages: Type.Array(StageInput, { minItems: 1, maxItems: STAGES_MAX }) });
export type CreatePipelineRequest = Static<typeof CreatePipelineRequest>;

/**
 * `PATCH …/stages/{id}` with `If-Match`: what is left out stays. A new policy becomes a new policy version; rollouts keep theirs.
 * `gates` replaces all gates.
 */
export const UpdateStageRequest = Closed({
  name: Type.Optional(Name),
  groupIds: Type.Optional(GroupIds),
  policy: Type.Optional(RolloutPolicy),
  after: Type.Optional(After),
  gates: Type.Optional(StageGates),
});
export type UpdateStageRequest = Static<typeof UpdateStageRequest>;

/**
 * `POST …/pipelines/{id}/stages`: with `before` the new stage stands in front of the first of these, and they come after it in place of what it
 * comes after; else it is the last. `after` left out: the stage in front of it.
 */
export const AddStageRequest = Closed({
  ...StageInput.properties,
  before: Type.Optional(Type.Array(Name, { maxItems: STAGES_MAX, uniqueItems: true })),
});
export type AddStageRequest = Static<typeof AddStageRequest>;

/**
 * `PATCH …/pipelines/{id}` with `If-Match`: what is left out stays. `stages` names all of them in their new order; those with `after` then come
 * after these, the others after what they came after before.
 */
export const UpdatePipelineRequest = Closed({
  name: Type.Optional(Name),
  stages: Type.Optional(Type.Array(Closed({ name: Name, after: Type.Optional(After) }), { minItems: 1, maxItems: STAGES_MAX })),
});
export type UpdatePipelineRequest = Static<typeof UpdatePipelineRequest>;

/** `PUT …/pipelines/{id}` with `If-Match` and the body of a new pipeline. */
export const ReplacePipelineQuery = Closed({
  validateOnly: Type.Optional(Type.Boolean({ description: 'Answers what would change, or what refuses it. Nothing is written.' })),
});
export type ReplacePipelineQuery = Static<typeof ReplacePipelineQuery>;

/** What of a stage can change. */
export const stageParts = ['name', 'after', 'groupIds', 'policy', 'gates'] as const;
export type StagePart = (typeof stageParts)[number];

/** One change of a pipeline: `before` and `after` hold the parts that differ; stages stand there by their names. */
export const PipelineChange = Closed({
  kind: OneOf(['pipeline_renamed', 'stages_reordered', 'stage_added', 'stage_changed', 'stage_removed'] as const),
  stageName: Type.Union([Type.String(), Type.Null()], { description: 'As it was before; null: the pipeline itself.' }),
  before: Type.Record(Type.String(), Type.Unknown()),
  after: Type.Record(Type.String(), Type.Unknown()),
});
export type PipelineChange = Static<typeof PipelineChange>;

/** With `validateOnly` the pipeline as it is, and what would change. */
export const ReplacedPipeline = Closed({ pipeline: Pipeline, changes: Type.Array(PipelineChange) });
export type ReplacedPipeline = Static<typeof ReplacedPipeline>;

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
  revision: Type.Integer({ minimum: 1, description: "Of the organization's variables: from which one on it has this value." }),
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
