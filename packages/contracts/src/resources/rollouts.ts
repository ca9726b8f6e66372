import { type Static, Type } from 'typebox';
import { measurementOutcomes } from '../analysis.ts';
import { PageQuery } from '../paging.ts';
import { RolloutPolicy } from '../policy.ts';
import { Closed, Text, Timestamp, Uuid } from '../schema.ts';
import { deploymentStates, OneOf, rolloutStates, waveStates } from '../states.ts';
import { ReleaseReference } from './devices.ts';

/** How many deployments are in each state; states with none are left out. */
export const DeploymentCounts = Type.Partial(Type.Object(Object.fromEntries(deploymentStates.map((state) => [state, Type.Integer()]))), {
  additionalProperties: false,
});
export type DeploymentCounts = { [S in (typeof deploymentStates)[number]]?: number };

/**
 * Why something is not moving now, and what would unblock it. Moments in its sentences are ISO 8601 in UTC, for whoever shows them to put them
 * into the time zone of the person.
 */
export const Blocker = Closed({
  code: Type.String(),
  sentence: Type.String(),
  unblock: Type.String(),
  waveIndex: Type.Union([Type.Integer(), Type.Null()]),
  until: Type.Union([Timestamp, Type.Null()], { description: 'When it ends by itself; null: when something else happens.' }),
  numbers: Type.Record(Type.String(), Type.Number(), { description: 'What the sentence says, for programs.' }),
});
export type Blocker = Static<typeof Blocker>;

/** `GET …/rollouts/{id}/waves/{index}/blockers` */
export const WaveBlockers = Closed({ rolloutId: Uuid, waveIndex: Type.Integer(), state: OneOf(waveStates), blockers: Type.Array(Blocker) });
export type WaveBlockers = Static<typeof WaveBlockers>;

/** `GET …/devices/{id}/blockers` and `GET …/rollouts/{id}/deployments/{id}/blockers`: the deployment is the open one, else the newest. */
export const DeviceBlockers = Closed({
  deviceId: Uuid,
  deviceName: Type.String(),
  rolloutId: Type.Union([Uuid, Type.Null()]),
  rolloutName: Type.Union([Type.String(), Type.Null()]),
  deploymentId: Type.Union([Uuid, Type.Null()]),
  state: Type.Union([OneOf(deploymentStates), Type.Null()]),
  waveIndex: Type.Union([Type.Integer(), Type.Null()]),
  lastSeenAt: Type.Union([Timestamp, Type.Null()], { description: 'The last contact.' }),
  reportedAt: Type.Union([Timestamp, Type.Null()], { description: 'When the agent last said what runs there.' }),
  desiredRevision: Type.Integer(),
  reconciledRevision: Type.Integer({
    description: 'What the agent says it carried out last: lower than desired means that it still owes it.',
  }),
  blockers: Type.Array(Blocker),
});
export type DeviceBlockers = Static<typeof DeviceBlockers>;

export const Wave = Closed({
  index: Type.Integer(),
  state: OneOf(waveStates),
  size: Type.Integer(),
  counts: DeploymentCounts,
  startedAt: Type.Union([Timestamp, Type.Null()]),
  late: Type.Boolean({ description: 'After those of the policy, under the rules of the last: for devices that are offline or that join.' }),
  leftOut: Type.Integer({ description: 'Of the skipped ones, those that were left out because they were not there.' }),
  soakStartedAt: Type.Union([Timestamp, Type.Null()]),
  finishedAt: Type.Union([Timestamp, Type.Null()]),
  reason: Type.Union([Type.String(), Type.Null()]),
});
export type Wave = Static<typeof Wave>;

export const Rollout = Closed({
  id: Uuid,
  applicationId: Uuid,
  applicationName: Type.String(),
  release: ReleaseReference,
  stageId: Type.Union([Uuid, Type.Null()]),
  stageName: Type.String(),
  kind: OneOf(['promotion', 'rollback'] as const),
  rollbackOf: Type.Union([Uuid, Type.Null()]),
  state: OneOf(rolloutStates),
  reason: Type.Union([Type.String(), Type.Null()]),
  size: Type.Integer(),
  counts: DeploymentCounts,
  createdBy: Type.String(),
  createdAt: Timestamp,
  startedAt: Type.Union([Timestamp, Type.Null()]),
  finishedAt: Type.Union([Timestamp, Type.Null()]),
  version: Type.Integer(),
});
export type Rollout = Static<typeof Rollout>;

/** A decision of the rollout engine or of a person, with the numbers it was made from. */
export const RolloutDecision = Closed({
  id: Uuid,
  at: Timestamp,
  kind: Type.String(),
  waveIndex: Type.Union([Type.Integer(), Type.Null()]),
  actor: Type.String(),
  code: Type.String(),
  sentence: Type.String(),
  numbers: Type.Record(Type.String(), Type.Number()),
  policyVersion: Type.Integer(),
});
export type RolloutDecision = Static<typeof RolloutDecision>;

/** One metric as it was measured over the updated devices of a wave. */
export const MeasuredMetric = Closed({
  name: Type.String(),
  dryRun: Type.Boolean(),
  sample: Type.Integer({ description: 'Devices that it was measured on.' }),
  value: Type.Union([Type.Number(), Type.Null()]),
  baseline: Type.Union([Type.Number(), Type.Null()]),
  outcome: OneOf(measurementOutcomes),
});
export type MeasuredMetric = Static<typeof MeasuredMetric>;

/** One measurement of the analysis of a wave. */
export const WaveMeasurement = Closed({
  waveIndex: Type.Integer(),
  number: Type.Integer({ minimum: 1 }),
  at: Timestamp,
  updated: Type.Integer({ description: 'Devices of the wave that ran the release.' }),
  metrics: Type.Array(MeasuredMetric),
});
export type WaveMeasurement = Static<typeof WaveMeasurement>;

/** What one person said. `waveIndex` null: about the start of the rollout. */
export const RolloutApproval = Closed({
  waveIndex: Type.Union([Type.Integer(), Type.Null()]),
  person: Type.String(),
  comment: Type.String(),
  at: Timestamp,
  counts: Type.Boolean({ description: 'false: void, because the rollout was edited since or the person no longer has the role.' }),
});
export type RolloutApproval = Static<typeof RolloutApproval>;

/** As of which revision of the organization's variables devices of a rollout get theirs, and what of them has changed since. */
export const RolloutVariables = Closed({
  revision: Type.Integer({ description: 'Fixed when the rollout was created.' }),
  currentRevision: Type.Integer(),
  changed: Type.Array(Type.String(), {
    description:
      'Names that were set or removed since, of those that may reach its devices: the next promotion of the release delivers them.',
  }),
});
export type RolloutVariables = Static<typeof RolloutVariables>;

export const RolloutDetail = Closed({
  ...Rollout.properties,
  startAt: Type.Union([Timestamp, Type.Null()]),
  priority: Type.Integer(),
  hotfixReason: Type.Union([Type.String(), Type.Null()]),
  approvals: Type.Array(RolloutApproval),
  policy: RolloutPolicy,
  policyVersion: Type.Integer(),
  waves: Type.Array(Wave),
  blockers: Type.Array(Blocker),
  measurements: Type.Array(WaveMeasurement, { description: 'Of all analyses, newest first, at most 200.' }),
  decisions: Type.Array(RolloutDecision),
  variables: Type.Optional(RolloutVariables),
});
export type RolloutDetail = Static<typeof RolloutDetail>;

/** `POST …/rollouts`: promote a release into a stage. Takes `Idempotency-Key`. The policy is the stage's unless given. */
export const CreateRolloutRequest = Closed({
  releaseId: Uuid,
  stageId: Uuid,
  policy: Type.Optional(RolloutPolicy),
  startAt: Type.Optional(Timestamp),
  priority: Type.Optional(
    Type.Integer({ minimum: -1_000, maximum: 1_000, description: 'The higher rollout keeps the devices that both want. Default 0.' }),
  ),
  hotfixReason: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2_000, description: 'Lets the rollout pass freezes. Owners only; kept in the ledger.' }),
  ),
  /** Of a preview: the devices go into the waves that it showed. */
  planSeed: Type.Optional(Uuid),
  forecast: Type.Optional(
    Type.Boolean({ description: 'Keep a forecast to compare with what happens. Default: for stages of up to 1,000 devices.' }),
  ),
  reason: Type.Optional(Text),
});
export type CreateRolloutRequest = Static<typeof CreateRolloutRequest>;

/** `POST …/rollouts/{id}/actions`, with `If-Match` optional: what a person does to a rollout. */
/** `advance` forces the next wave: it needs a reason, and an owner where approvals are missing. */
export const rolloutActions = ['pause', 'resume', 'advance', 'abort', 'roll_back', 'reject'] as const;
export type RolloutAction = (typeof rolloutActions)[number];
export const RolloutActionRequest = Closed({ action: OneOf(rolloutActions), reason: Type.Optional(Text) });
export type RolloutActionRequest = Static<typeof RolloutActionRequest>;

/** `POST …/rollouts/{id}/approvals`: a person says yes to the start (no `waveIndex`) or to one wave. */
export const ApproveRolloutRequest = Closed({
  waveIndex: Type.Optional(Type.Integer({ minimum: 0, maximum: 99 })),
  comment: Type.Optional(Text),
});
export type ApproveRolloutRequest = Static<typeof ApproveRolloutRequest>;

export const RolloutQuery = Closed({
  ...PageQuery.properties,
  state: Type.Optional(OneOf(rolloutStates)),
  applicationId: Type.Optional(Uuid),
  stageId: Type.Optional(Uuid),
  releaseId: Type.Optional(Uuid),
  active: Type.Optional(Type.Boolean({ description: 'true: only rollouts that have not ended.' })),
});
export type RolloutQuery = Static<typeof RolloutQuery>;
export const DeploymentQuery = Closed({
  ...PageQuery.properties,
  state: Type.Optional(OneOf(deploymentStates)),
  waveIndex: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type DeploymentQuery = Static<typeof DeploymentQuery>;
