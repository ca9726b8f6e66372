import { CreateHoldRequest, Hold, HoldQuery, LiftHoldRequest, Page, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Holds } from './service.ts';

const HoldParams = organizationParams({ holdId: Uuid });

const create = declareRoute({
  operationId: 'createHold',
  tags: ['rollouts'],
  summary: 'Hold a stage: promotions into it do not start, of one release or of any. What runs already goes on.',
  params: OrganizationParams,
  headers: IdempotencyHeaders,
  body: CreateHoldRequest,
  response: { 201: Hold },
  problems: ['IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listHolds',
  tags: ['rollouts'],
  summary: 'The holds of the organization, newest first. Aborting or rolling back a rollout places one.',
  params: OrganizationParams,
  querystring: HoldQuery,
  response: { 200: Page(Hold) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getHold',
  tags: ['rollouts'],
  summary: 'One hold.',
  params: HoldParams,
  response: { 200: Hold },
});
const lift = declareRoute({
  operationId: 'liftHold',
  tags: ['rollouts'],
  summary: 'Lift a hold, and say why the release may go on: what waits for it starts.',
  params: HoldParams,
  body: LiftHoldRequest,
  response: { 200: Hold },
  problems: ['STATE_CONFLICT'],
});

/** Binds the holds' routes. */
export function registerHolds(app: ApiServer, holds: Holds): void {
  const all = `${organizationPath}/holds`;
  app.get(all, { schema: list, config: { access: 'viewer' } }, async (request) => holds.list(request.params.organizationId, request.query));
  app.post(all, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId } = request.params;
    const key = idempotencyKeyOf(request);
    return reply.code(201).send(await holds.create({ organizationId, key, request: request.body }, changeContextOf(request)));
  });
  app.get(`${all}/:holdId`, { schema: get, config: { access: 'viewer' } }, async (request) =>
    holds.get(request.params.organizationId, request.params.holdId),
  );
  app.post(`${all}/:holdId/lift`, { schema: lift, config: { access: 'operator' } }, async (request) => {
    const { organizationId, holdId } = request.params;
    return holds.lift({ organizationId, holdId, reason: request.body.reason }, changeContextOf(request));
  });
}
