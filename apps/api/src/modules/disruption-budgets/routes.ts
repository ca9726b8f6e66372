import { DisruptionBudget, DisruptionBudgetDetail, DisruptionBudgetRequest, Page, PageQuery, Uuid } from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, optionalVersion } from '../../http/entity-tag.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { DisruptionBudgets } from './service.ts';

const BudgetParams = organizationParams({ budgetId: Uuid });

const create = declareRoute({
  operationId: 'createDisruptionBudget',
  tags: ['rollouts'],
  summary: 'Limit how many devices may be unavailable at once, over all rollouts.',
  params: OrganizationParams,
  headers: IdempotencyHeaders,
  body: DisruptionBudgetRequest,
  response: { 201: DisruptionBudget },
  problems: ['NAME_TAKEN', 'IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listDisruptionBudgets',
  tags: ['rollouts'],
  summary: 'The disruption budgets of the organization, newest first.',
  params: OrganizationParams,
  querystring: PageQuery,
  response: { 200: Page(DisruptionBudget) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getDisruptionBudget',
  tags: ['rollouts'],
  summary: 'One disruption budget and what is used of it now. The ETag is its version.',
  params: BudgetParams,
  response: { 200: DisruptionBudgetDetail },
});
const replace = declareRoute({
  operationId: 'replaceDisruptionBudget',
  tags: ['rollouts'],
  summary: 'Change a disruption budget. Takes If-Match. What is under way goes on.',
  params: BudgetParams,
  body: DisruptionBudgetRequest,
  response: { 200: DisruptionBudget },
  problems: ['NAME_TAKEN', 'VERSION_STALE'],
});
const remove = declareRoute({
  operationId: 'deleteDisruptionBudget',
  tags: ['rollouts'],
  summary: 'Delete a disruption budget.',
  params: BudgetParams,
  response: { 204: Type.Null() },
});

/** Binds the disruption budgets' routes. */
export function registerDisruptionBudgets(app: ApiServer, budgets: DisruptionBudgets): void {
  const all = `${organizationPath}/disruption-budgets`;
  const one = `${all}/:budgetId`;
  app.get(all, { schema: list, config: { access: 'viewer' } }, async (request) =>
    budgets.list(request.params.organizationId, request.query),
  );
  app.get(one, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const budget = await budgets.get(request.params.organizationId, request.params.budgetId);
    return reply.header('etag', entityTag(budget.version)).send(budget);
  });
  app.post(all, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId } = request.params;
    const key = idempotencyKeyOf(request);
    const budget = await budgets.create({ organizationId, key, request: request.body }, changeContextOf(request));
    return reply.code(201).header('etag', entityTag(budget.version)).send(budget);
  });
  app.put(one, { schema: replace, config: { access: 'operator' } }, async (request, reply) => {
    const version = optionalVersion(request) ?? null;
    const budget = await budgets.replace({ ...request.params, version, request: request.body }, changeContextOf(request));
    return reply.header('etag', entityTag(budget.version)).send(budget);
  });
  app.delete(one, { schema: remove, config: { access: 'operator' } }, async (request, reply) => {
    await budgets.remove(request.params, changeContextOf(request));
    return reply.code(204).send(null);
  });
}
