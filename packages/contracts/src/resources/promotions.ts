import { type Static, Type } from 'typebox';
import { PageQuery } from '../paging.ts';
import { RolloutPolicy } from '../policy.ts';
import { Closed, Text, Timestamp, Uuid } from '../schema.ts';
import { OneOf, rolloutStates } from '../states.ts';

/** The life of a promotion: it waits until nothing blocks it, and then starts its rollout. All but the first are terminal. */
export const promotionStates = ['waiting', 'started', 'canceled', 'rejected', 'superseded', 'failed'] as const;
export type PromotionState = (typeof promotionStates)[number];

/** Why a release does not go into a stage now, in the order in which they are told. See docs/promotions.md. */
export const promotionBlockerCodes = [
  'stage_deleted',
  'other_application',
  'already_there',
  'older_than_running',
  'stage_empty',
  'variable_missing',
  'policy_blocked',
  'upstream_deleted',
  'upstream_not_deployed',
  'upstream_running',
  'upstream_failed',
  'upstream_aborted',
  'upstream_rolled_back',
  'upstream_superseded',
  'upstream_unhealthy',
  'upstream_soaking',
  'held',
  'waiting_for_approval',
  'other_promotion',
  'rollout_in_flight',
  'starts_later',
  'frozen',
  'outside_window',
] as const;
export type PromotionBlockerCode = (typeof promotionBlockerCodes)[number];

/** What keeps a release out of a stage, and what would change that. Moments in sentences are ISO 8601 in UTC. */
export const PromotionBlocker = Closed({
  code: OneOf(promotionBlockerCodes),
  sentence: Type.String(),
  unblock: Type.String(),
  until: Type.Union([Timestamp, Type.Null()], { description: 'When it ends by itself; null: when something else happens.' }),
  about: Type.Array(Type.String(), { description: 'The names that the sentence is about: stages, variables, groups, findings, releases.' }),
  numbers: Type.Record(Type.String(), Type.Number(), { description: 'What the sentence says, for programs.' }),
});
export type PromotionBlocker = Static<typeof PromotionBlocker>;

const Nullable = <T extends ReturnType<typeof Type.String>>(schema: T) => Type.Union([schema, Type.Null()]);

/** Whether one release may go into one stage now. */
export const StageEligibility = Closed({
  stageId: Uuid,
  stageName: Type.String(),
  isEligible: Type.Boolean(),
  blockers: Type.Array(PromotionBlocker),
  lookAgainAt: Type.Union([Timestamp, Type.Null()], { description: 'When time alone changes the answer; null: it does not.' }),
  promotionId: Nullable(Uuid),
  rolloutId: Type.Union([Uuid, Type.Null()], { description: 'The newest rollout of the release in the stage.' }),
  rolloutState: Type.Union([OneOf(rolloutStates), Type.Null()]),
});
export type StageEligibility = Static<typeof StageEligibility>;

/** `GET …/releases/{id}/eligibility`: the stages of its application, or the one asked for. */
export const ReleaseEligibility = Closed({
  releaseId: Uuid,
  releaseName: Type.String(),
  releaseCounter: Type.Integer(),
  stages: Type.Array(StageEligibility),
});
export type ReleaseEligibility = Static<typeof ReleaseEligibility>;
export const ReleaseEligibilityQuery = Closed({ stageId: Type.Optional(Uuid) });
export type ReleaseEligibilityQuery = Static<typeof ReleaseEligibilityQuery>;

/** `GET …/pipelines/{id}/eligibility`: all releases (newest first) × stages, or those asked for. Republished releases are left out. */
export const PipelineEligibility = Closed({
  pipelineId: Uuid,
  at: Timestamp,
  items: Type.Array(ReleaseEligibility),
  nextCursor: Nullable(Type.String()),
});
export type PipelineEligibility = Static<typeof PipelineEligibility>;
export const PipelineEligibilityQuery = Closed({
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Releases, 50 unless said otherwise.' })),
  releaseId: Type.Optional(Uuid),
  stageId: Type.Optional(Uuid),
});
export type PipelineEligibilityQuery = Static<typeof PipelineEligibilityQuery>;

/** What one person said. */
export const PromotionApproval = Closed({
  person: Type.String(),
  comment: Type.String(),
  at: Timestamp,
  counts: Type.Boolean({ description: 'false: void, because the promotion was edited since or the person no longer has the role.' }),
});
export type PromotionApproval = Static<typeof PromotionApproval>;

/** A release on its way into a stage. `origin` automatic: the stage takes what is verified by itself. */
export const Promotion = Closed({
  id: Uuid,
  applicationId: Uuid,
  applicationName: Type.String(),
  pipelineId: Uuid,
  releaseId: Uuid,
  releaseName: Type.String(),
  stageId: Uuid,
  stageName: Type.String(),
  state: OneOf(promotionStates),
  origin: OneOf(['person', 'automatic'] as const),
  startAt: Type.Union([Timestamp, Type.Null()]),
  priority: Type.Integer(),
  hotfixReason: Nullable(Type.String()),
  hasOwnPolicy: Type.Boolean({ description: "false: the stage's policy of the moment in which it starts." }),
  supersede: Type.Boolean({ description: 'It does not wait for rollouts in flight there; it takes their devices over.' }),
  revision: Type.Integer({ description: 'Grows with an edit, which voids approvals.' }),
  rolloutId: Nullable(Uuid),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it ended as it did.' }),
  lastChange: Type.String({ description: 'Who did what last.' }),
  createdBy: Type.String(),
  createdAt: Timestamp,
  changedAt: Timestamp,
  finishedAt: Type.Union([Timestamp, Type.Null()]),
  nextLookAt: Type.Union([Timestamp, Type.Null()]),
  version: Type.Integer(),
});
export type Promotion = Static<typeof Promotion>;

export const PromotionDetail = Closed({
  ...Promotion.properties,
  approvals: Type.Array(PromotionApproval),
  blockers: Type.Array(PromotionBlocker, { description: 'Of a promotion that waits; else empty.' }),
});
export type PromotionDetail = Static<typeof PromotionDetail>;

const options = {
  policy: Type.Optional(RolloutPolicy),
  startAt: Type.Optional(Timestamp),
  priority: Type.Optional(
    Type.Integer({ minimum: -1_000, maximum: 1_000, description: 'The higher rollout keeps the devices that both want. Default 0.' }),
  ),
  hotfixReason: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2_000, description: 'Lets it pass freezes. Owners only; kept in the ledger.' }),
  ),
};

/** `POST …/promotions`. With `validateOnly=true` nothing is written: the answer is a StageEligibility. Takes `Idempotency-Key`. */
export const CreatePromotionRequest = Closed({
  releaseId: Uuid,
  stageId: Uuid,
  ...options,
  /** Of a preview: the devices go into the waves that it showed. */
  planSeed: Type.Optional(Uuid),
  supersede: Type.Optional(
    Type.Boolean({ description: 'Take the place of the promotion that waits there, and do not wait for rollouts in flight.' }),
  ),
  reason: Type.Optional(Text),
});
export type CreatePromotionRequest = Static<typeof CreatePromotionRequest>;
export const CreatePromotionQuery = Closed({ validateOnly: Type.Optional(Type.Boolean()) });
export type CreatePromotionQuery = Static<typeof CreatePromotionQuery>;

/** `PATCH …/promotions/{id}` with `If-Match`: what is left out stays, null goes back to the default. Approvals given before are void. */
export const UpdatePromotionRequest = Closed({
  policy: Type.Optional(Type.Union([RolloutPolicy, Type.Null()])),
  startAt: Type.Optional(Type.Union([Timestamp, Type.Null()])),
  priority: Type.Optional(Type.Integer({ minimum: -1_000, maximum: 1_000 })),
  hotfixReason: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 2_000 }), Type.Null()])),
  reason: Type.Optional(Text),
});
export type UpdatePromotionRequest = Static<typeof UpdatePromotionRequest>;

/** `POST …/promotions/{id}/approve`, with `If-Match` optional: the revision that was read. */
export const ApprovePromotionRequest = Closed({ comment: Type.Optional(Text) });
export type ApprovePromotionRequest = Static<typeof ApprovePromotionRequest>;
/** `POST …/promotions/{id}/reject` and `…/cancel`. */
export const EndPromotionRequest = Closed({ reason: Type.Optional(Text) });
export type EndPromotionRequest = Static<typeof EndPromotionRequest>;

export const PromotionQuery = Closed({
  ...PageQuery.properties,
  state: Type.Optional(OneOf(promotionStates)),
  applicationId: Type.Optional(Uuid),
  stageId: Type.Optional(Uuid),
  releaseId: Type.Optional(Uuid),
});
export type PromotionQuery = Static<typeof PromotionQuery>;
