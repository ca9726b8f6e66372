import type {
  CreatePromotionRequest,
  Page,
  PipelineEligibility,
  PipelineEligibilityQuery,
  Promotion,
  PromotionDetail,
  PromotionQuery,
  ReleaseEligibility,
  ReleaseEligibilityQuery,
  StageEligibility,
  UpdatePromotionRequest,
} from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import {
  approvePromotion,
  type ChangeContext,
  createPromotion,
  editPromotion,
  endPromotionByPerson,
  getPipelineEligibility,
  getPromotionDetail,
  getReleaseEligibility,
  listPromotions,
  type Store,
  type Transaction,
  validatePromotion,
} from '@sluice/store';
import { because } from '../../authentication/request-actor.ts';
import type { PurposeKeys, RolloutHints } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';

/** `version`: of the promotion as the client last read it; null when it does not matter. */
type OfPromotion = { organizationId: string; promotionId: string; version: number | null };

export type Promotions = {
  /** @throws StoreError NOT_FOUND, CURSOR_INVALID */
  pipelineEligibility(organizationId: string, query: PipelineEligibilityQuery & { pipelineId: string }): Promise<PipelineEligibility>;
  /** @throws StoreError NOT_FOUND */
  releaseEligibility(organizationId: string, query: ReleaseEligibilityQuery & { releaseId: string }): Promise<ReleaseEligibility>;
  list(organizationId: string, query: PromotionQuery): Promise<Page<Promotion>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, promotionId: string): Promise<PromotionDetail>;
  /** @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE, POLICY_INVALID */
  validate(organizationId: string, request: CreatePromotionRequest, creatorId: string): Promise<StageEligibility>;
  /** @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE, POLICY_INVALID, CONFLICT, STATE_CONFLICT; ApiError IDEMPOTENCY_KEY_REUSED */
  create(
    input: { organizationId: string; key: string | undefined; request: CreatePromotionRequest },
    context: ChangeContext,
  ): Promise<PromotionDetail>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE, STATE_CONFLICT */
  approve(target: OfPromotion & { comment: string | undefined }, context: ChangeContext): Promise<PromotionDetail>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE, STATE_CONFLICT */
  end(
    target: OfPromotion & { state: 'canceled' | 'rejected'; reason: string | undefined },
    context: ChangeContext,
  ): Promise<PromotionDetail>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE, STATE_CONFLICT, POLICY_INVALID */
  update(target: OfPromotion & { changes: UpdatePromotionRequest }, context: ChangeContext): Promise<PromotionDetail>;
};

export type PromotionsDependencies = { store: Store; clock: Clock; keys: PurposeKeys; jobs: RolloutHints };

/** Makes the module of promotions. What waits is started by the worker; what nothing blocks starts with the request. */
export function createPromotions({ store, clock, keys, jobs }: PromotionsDependencies): Promotions {
  const idempotently = createIdempotency({ store, keys });
  const now = (): Date => new Date(clock.now());
  const detail = (tx: Transaction, organizationId: string, promotionId: string, rolloutId: string | null): Promise<PromotionDetail> => {
    if (rolloutId !== null) tx.afterCommit(() => jobs.advanceRollout(rolloutId));
    return getPromotionDetail(tx, organizationId, { promotionId, now: tx.now });
  };
  return {
    pipelineEligibility: (organizationId, query) => getPipelineEligibility(store, organizationId, { ...query, now: now() }),
    releaseEligibility: (organizationId, query) => getReleaseEligibility(store, organizationId, { ...query, now: now() }),
    list: (organizationId, query) => listPromotions(store, organizationId, query),
    // As of one moment: a promotion that starts meanwhile is not blocked by its own rollout.
    get: (organizationId, promotionId) =>
      store.transaction((tx) => getPromotionDetail(tx, organizationId, { promotionId, now: tx.now }), { isolation: 'RepeatableRead' }),
    validate: (organizationId, request, creatorId) => validatePromotion(store, organizationId, { ...request, creatorId, now: now() }),
    create: ({ organizationId, key, request }, context) => {
      const repeatable: RepeatableRequest = { organizationId, actor: context.actor, key, request: ['createPromotion', request] };
      return idempotently(repeatable, async (tx) => {
        const made = await createPromotion(tx, organizationId, request, because(context, request.reason));
        return detail(tx, organizationId, made.promotionId, made.rolloutId);
      });
    },
    approve: ({ organizationId, promotionId, version, comment }, context) =>
      store.transaction(async (tx) => {
        const target = { promotionId, version, comment: comment ?? '' };
        const rolloutId = await approvePromotion(tx, organizationId, target, because(context, comment));
        return detail(tx, organizationId, promotionId, rolloutId);
      }),
    end: ({ organizationId, ...target }, context) =>
      store.transaction(async (tx) => {
        await endPromotionByPerson(tx, organizationId, target, context);
        return detail(tx, organizationId, target.promotionId, null);
      }),
    update: ({ organizationId, ...target }, context) =>
      store.transaction(async (tx) => {
        const rolloutId = await editPromotion(tx, organizationId, target, because(context, target.changes.reason));
        return detail(tx, organizationId, target.promotionId, rolloutId);
      }),
  };
}
