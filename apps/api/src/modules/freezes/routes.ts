import { CreateFreezeRequest, Freeze, FreezeQuery, LiftFreezeRequest, Page, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Freezes } from './service.ts';

const FreezeParams = organizationParams({ freezeId: Uuid });

const create = declareRoute({
  operationId: 'createFreeze',
  tags: ['rollouts'],
  summary: 'Declare a time in which no wave starts and nothing is offered. What is under way goes on.',
  params: OrganizationParams,
  headers: IdempotencyHeaders,
  body: CreateFreezeRequest,
  response: { 201: Freeze },
  problems: ['IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listFreezes',
  tags: ['rollouts'],
  summary: 'The freezes of the organization, newest first.',
  params: OrganizationParams,
  querystring: FreezeQuery,
  response: { 200: Page(Freeze) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getFreeze',
  tags: ['rollouts'],
  summary: 'One freeze.',
  params: FreezeParams,
  response: { 200: Freeze },
});
const lift = declareRoute({
  operationId: 'liftFreeze',
  tags: ['rollouts'],
  summary: 'End a freeze before its time.',
  params: FreezeParams,
  body: LiftFreezeRequest,
  response: { 200: Freeze },
  problems: ['STATE_CONFLICT'],
});

/** Binds the freezes' routes. */
export function registerFreezes(app: ApiServer, freezes: Freezes): void {
  const all = `${organizationPath}/freezes`;
  app.get(all, { schema: list, config: { access: 'viewer' } }, async (request) =>
    freezes.list(request.params.organizationId, request.query),
  );
  app.post(all, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId } = request.params;
    const key = idempotencyKeyOf(request);
    return reply.code(201).send(await freezes.create({ organizationId, key, request: request.body }, changeContextOf(request)));
  });
  app.get(`${all}/:freezeId`, { schema: get, config: { access: 'viewer' } }, async (request) =>
    freezes.get(request.params.organizationId, request.params.freezeId),
  );
  app.post(`${all}/:freezeId/lift`, { schema: lift, config: { access: 'operator' } }, async (request) => {
    const { organizationId, freezeId } = request.params;
    return freezes.lift({ organizationId, freezeId, reason: request.body.reason }, changeContextOf(request));
  });
}
