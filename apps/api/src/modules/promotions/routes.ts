import {
  ApprovePromotionRequest,
  CreatePromotionQuery,
  CreatePromotionRequest,
  EndPromotionRequest,
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
  Uuid,
} from '@sluice/contracts';
import { requireAccess } from '../../authentication/access.ts';
import { actorOf, changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, optionalVersion, requiredVersion } from '../../http/entity-tag.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Promotions } from './service.ts';

const PromotionParams = organizationParams({ promotionId: Uuid });

const pipelineEligibility = declareRoute({
  operationId: 'getPipelineEligibility',
  tags: ['promotions'],
  summary: 'Which releases may go into which stages of a pipeline now, and what keeps the others out: newest releases first.',
  params: organizationParams({ pipelineId: Uuid }),
  querystring: PipelineEligibilityQuery,
  response: { 200: PipelineEligibility },
  problems: ['CURSOR_INVALID'],
});
const releaseEligibility = declareRoute({
  operationId: 'getReleaseEligibility',
  tags: ['promotions'],
  summary: 'Into which stages of its application a release may go now, and what keeps it out of the others.',
  params: organizationParams({ releaseId: Uuid }),
  querystring: ReleaseEligibilityQuery,
  response: { 200: ReleaseEligibility },
});
const create = declareRoute({
  operationId: 'createPromotion',
  tags: ['promotions'],
  summary: 'Promote a release into a stage: its rollout starts as soon as nothing blocks it, at once if nothing does.',
  description:
    'With `validateOnly=true` nothing is written: the answer says what would block it now. One promotion waits per stage; `supersede` takes its place.',
  params: OrganizationParams,
  querystring: CreatePromotionQuery,
  headers: IdempotencyHeaders,
  body: CreatePromotionRequest,
  response: { 200: StageEligibility, 201: PromotionDetail },
  problems: ['RELEASE_INCOMPATIBLE', 'POLICY_INVALID', 'CONFLICT', 'STATE_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listPromotions',
  tags: ['promotions'],
  summary: 'The promotions of the organization, newest first.',
  params: OrganizationParams,
  querystring: PromotionQuery,
  response: { 200: Page(Promotion) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getPromotion',
  tags: ['promotions'],
  summary: 'One promotion with what people said and, while it waits, everything that blocks it. The ETag is its version.',
  params: PromotionParams,
  response: { 200: PromotionDetail },
});
const update = declareRoute({
  operationId: 'updatePromotion',
  tags: ['promotions'],
  summary: 'Change how a promotion that waits starts. Voids what people approved. Needs If-Match.',
  params: PromotionParams,
  body: UpdatePromotionRequest,
  response: { 200: PromotionDetail },
  problems: ['POLICY_INVALID', 'STATE_CONFLICT', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const approve = declareRoute({
  operationId: 'approvePromotion',
  tags: ['promotions'],
  summary: 'Sign a promotion as it is. People only; saying it twice is saying it once. Takes If-Match.',
  params: PromotionParams,
  body: ApprovePromotionRequest,
  response: { 200: PromotionDetail },
  problems: ['STATE_CONFLICT', 'VERSION_STALE'],
});
const reject = declareRoute({
  operationId: 'rejectPromotion',
  tags: ['promotions'],
  summary: 'Say no to a promotion that waits. Takes If-Match.',
  params: PromotionParams,
  body: EndPromotionRequest,
  response: { 200: PromotionDetail },
  problems: ['STATE_CONFLICT', 'VERSION_STALE'],
});
const cancel = declareRoute({
  operationId: 'cancelPromotion',
  tags: ['promotions'],
  summary: 'Call a promotion off that waits. Takes If-Match.',
  params: PromotionParams,
  body: EndPromotionRequest,
  response: { 200: PromotionDetail },
  problems: ['STATE_CONFLICT', 'VERSION_STALE'],
});

const root = `${organizationPath}/promotions`;
const one = `${root}/:promotionId`;

function registerReads(app: ApiServer, promotions: Promotions): void {
  app.get(
    `${organizationPath}/pipelines/:pipelineId/eligibility`,
    { schema: pipelineEligibility, config: { access: 'viewer' } },
    (request) => {
      const { organizationId, pipelineId } = request.params;
      return promotions.pipelineEligibility(organizationId, { ...request.query, pipelineId });
    },
  );
  app.get(
    `${organizationPath}/releases/:releaseId/eligibility`,
    { schema: releaseEligibility, config: { access: 'viewer' } },
    (request) => {
      const { organizationId, releaseId } = request.params;
      return promotions.releaseEligibility(organizationId, { ...request.query, releaseId });
    },
  );
  app.get(root, { schema: list, config: { access: 'viewer' } }, async (request) =>
    promotions.list(request.params.organizationId, request.query),
  );
  app.get(one, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const promotion = await promotions.get(request.params.organizationId, request.params.promotionId);
    return reply.header('etag', entityTag(promotion.version)).send(promotion);
  });
}

function registerDecisions(app: ApiServer, promotions: Promotions): void {
  app.post(`${one}/approve`, { schema: approve, config: { access: 'operator' } }, async (request, reply) => {
    const target = { ...request.params, version: optionalVersion(request) ?? null, comment: request.body.comment };
    const promotion = await promotions.approve(target, changeContextOf(request));
    return reply.header('etag', entityTag(promotion.version)).send(promotion);
  });
  const ends = [
    ['reject', 'rejected', reject],
    ['cancel', 'canceled', cancel],
  ] as const;
  for (const [verb, state, schema] of ends) {
    app.post(`${one}/${verb}`, { schema, config: { access: 'operator' } }, async (request, reply) => {
      const target = { ...request.params, version: optionalVersion(request) ?? null, reason: request.body.reason, state };
      const promotion = await promotions.end(target, changeContextOf(request));
      return reply.header('etag', entityTag(promotion.version)).send(promotion);
    });
  }
}

/** Binds the promotions' routes. */
export function registerPromotions(app: ApiServer, promotions: Promotions): void {
  registerReads(app, promotions);
  registerDecisions(app, promotions);
  app.post(root, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId } = request.params;
    // Passing a freeze is for who answers for the organization.
    if (request.body.hotfixReason !== undefined) requireAccess('owner', request.actor, organizationId);
    if (request.query.validateOnly === true) return promotions.validate(organizationId, request.body, actorOf(request).id);
    const key = idempotencyKeyOf(request);
    const promotion = await promotions.create({ organizationId, key, request: request.body }, changeContextOf(request));
    return reply.code(201).header('etag', entityTag(promotion.version)).send(promotion);
  });
  app.patch(one, { schema: update, config: { access: 'operator' } }, async (request, reply) => {
    if (request.body.hotfixReason != null) requireAccess('owner', request.actor, request.params.organizationId);
    const target = { ...request.params, version: requiredVersion(request), changes: request.body };
    const promotion = await promotions.update(target, changeContextOf(request));
    return reply.header('etag', entityTag(promotion.version)).send(promotion);
  });
}
