import {
  ApproveRolloutRequest,
  CreateRolloutQuery,
  CreateRolloutRequest,
  Deployment,
  DeploymentQuery,
  DeviceBlockers,
  ForecastReview,
  Page,
  Rollout,
  RolloutActionRequest,
  RolloutDetail,
  RolloutPreview,
  RolloutQuery,
  Uuid,
  WaveBlockers,
} from '@sluice/contracts';
import { Type } from 'typebox';
import { hasRole, requireAccess } from '../../authentication/access.ts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, optionalVersion } from '../../http/entity-tag.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import type { Previews } from './previews.ts';
import type { Rollouts } from './service.ts';

const RolloutParams = organizationParams({ rolloutId: Uuid });

const create = declareRoute({
  operationId: 'createRollout',
  tags: ['rollouts'],
  summary: "Promote a release into a stage. The policy is the stage's unless given.",
  description: 'With `validateOnly=true` nothing is written: the answer is a preview with a forecast, for what is known of the fleet.',
  params: OrganizationParams,
  querystring: CreateRolloutQuery,
  headers: IdempotencyHeaders,
  body: CreateRolloutRequest,
  response: { 200: RolloutPreview, 201: Rollout },
  problems: ['STAGE_EMPTY', 'RELEASE_INCOMPATIBLE', 'POLICY_INVALID', 'IDEMPOTENCY_KEY_REUSED', 'UNAVAILABLE'],
});
const list = declareRoute({
  operationId: 'listRollouts',
  tags: ['rollouts'],
  summary: 'The rollouts of the organization, newest first.',
  params: OrganizationParams,
  querystring: RolloutQuery,
  response: { 200: Page(Rollout) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getRollout',
  tags: ['rollouts'],
  summary: 'One rollout with its waves, what blocks it now, and the decisions so far. The ETag is its version.',
  params: RolloutParams,
  response: { 200: RolloutDetail },
});
const deployments = declareRoute({
  operationId: 'listRolloutDeployments',
  tags: ['rollouts'],
  summary: 'The deployments of a rollout: one per device.',
  params: RolloutParams,
  querystring: DeploymentQuery,
  response: { 200: Page(Deployment) },
  problems: ['CURSOR_INVALID'],
});
const deploymentBlockers = declareRoute({
  operationId: 'getDeploymentBlockers',
  tags: ['rollouts'],
  summary: 'Why one device of a rollout does not move, and what would change that.',
  params: organizationParams({ rolloutId: Uuid, deploymentId: Uuid }),
  response: { 200: DeviceBlockers },
});
const waveBlockers = declareRoute({
  operationId: 'getWaveBlockers',
  tags: ['rollouts'],
  summary: 'Why a wave does not move, and what would change that. Waves count from 0.',
  params: organizationParams({ rolloutId: Uuid, waveIndex: Type.Integer({ minimum: 0, maximum: 99 }) }),
  response: { 200: WaveBlockers },
});
const forecast = declareRoute({
  operationId: 'getRolloutForecast',
  tags: ['rollouts'],
  summary: 'What was expected of a rollout when it was created and, once it has ended, what happened.',
  params: RolloutParams,
  response: { 200: ForecastReview },
});
const act = declareRoute({
  operationId: 'actOnRollout',
  tags: ['rollouts'],
  summary: 'Pause, resume, advance, abort, roll back or reject a rollout. Takes If-Match.',
  description:
    'The action is carried out by the next step of the rollout controller, in well under a second. `advance` forces the next wave: one that soaks ' +
    'or is measured is over, one that lacks approvals starts without them (owners only). It needs a reason.',
  params: RolloutParams,
  body: RolloutActionRequest,
  response: { 202: Rollout },
  problems: ['STATE_CONFLICT', 'VERSION_STALE', 'VALIDATION_FAILED'],
});

const approve = declareRoute({
  operationId: 'approveRollout',
  tags: ['rollouts'],
  summary: 'Say yes to the start of a rollout, or to one of its waves. People only; saying it twice is saying it once.',
  params: RolloutParams,
  body: ApproveRolloutRequest,
  response: { 200: RolloutDetail },
  problems: ['STATE_CONFLICT'],
});

function registerReads(app: ApiServer, rollouts: Rollouts): void {
  const one = `${organizationPath}/rollouts/:rolloutId`;
  app.get(`${organizationPath}/rollouts`, { schema: list, config: { access: 'viewer' } }, async (request) =>
    rollouts.list(request.params.organizationId, request.query),
  );
  app.get(one, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const rollout = await rollouts.get(request.params.organizationId, request.params.rolloutId);
    return reply.header('etag', entityTag(rollout.version)).send(rollout);
  });
  app.get(`${one}/deployments`, { schema: deployments, config: { access: 'viewer' } }, async (request) =>
    rollouts.listDeployments(request.params.organizationId, request.params.rolloutId, request.query),
  );
  app.get(`${one}/deployments/:deploymentId/blockers`, { schema: deploymentBlockers, config: { access: 'viewer' } }, async (request) => {
    const { organizationId, ...deployment } = request.params;
    return rollouts.deploymentBlockers(organizationId, deployment);
  });
  app.get(`${one}/waves/:waveIndex/blockers`, { schema: waveBlockers, config: { access: 'viewer' } }, async (request) => {
    const { organizationId, ...wave } = request.params;
    return rollouts.waveBlockers(organizationId, wave);
  });
}

/** Who goes on in spite of a gate says why. @throws ApiError VALIDATION_FAILED */
function requireReason({ action, reason = '' }: RolloutActionRequest): void {
  if (action !== 'advance' || reason.trim() !== '') return;
  const errors = [{ pointer: '/reason', detail: 'must say why the gates of the wave need not hold' }];
  throw new ApiError('VALIDATION_FAILED', 'Forcing the next wave needs a reason: see errors.', { errors });
}

/** Binds the rollouts' routes. */
export function registerRollouts(app: ApiServer, rollouts: Rollouts, previews: Previews): void {
  registerReads(app, rollouts);
  const forecastOf = `${organizationPath}/rollouts/:rolloutId/forecast`;
  app.get(forecastOf, { schema: forecast, config: { access: 'viewer' } }, async (request) =>
    previews.review(request.params.organizationId, request.params.rolloutId),
  );
  app.post(`${organizationPath}/rollouts`, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId } = request.params;
    const key = idempotencyKeyOf(request);
    // Passing a freeze is for who answers for the organization.
    if (request.body.hotfixReason !== undefined) requireAccess('owner', request.actor, organizationId);
    if (request.query.validateOnly === true) return previews.preview(organizationId, request.body, request.query);
    const rollout = await rollouts.create({ organizationId, key, request: request.body }, changeContextOf(request));
    return reply.code(201).header('etag', entityTag(rollout.version)).send(rollout);
  });
  const approvals = `${organizationPath}/rollouts/:rolloutId/approvals`;
  app.post(approvals, { schema: approve, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, rolloutId } = request.params;
    const rollout = await rollouts.approve({ organizationId, rolloutId, request: request.body }, changeContextOf(request));
    return reply.header('etag', entityTag(rollout.version)).send(rollout);
  });
  const actions = `${organizationPath}/rollouts/:rolloutId/actions`;
  app.post(actions, { schema: act, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, rolloutId } = request.params;
    const version = optionalVersion(request) ?? null;
    requireReason(request.body);
    const isOwner = hasRole('owner', request.actor, organizationId);
    const rollout = await rollouts.act({ organizationId, rolloutId, version, isOwner, request: request.body }, changeContextOf(request));
    return reply.code(202).header('etag', entityTag(rollout.version)).send(rollout);
  });
}
