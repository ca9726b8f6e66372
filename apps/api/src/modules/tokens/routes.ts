import { ApiToken, CreateApiTokenRequest, CreatedApiToken, Page, PageQuery, Uuid } from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Tokens } from './service.ts';

const list = declareRoute({
  operationId: 'listTokens',
  tags: ['tokens'],
  summary: 'The API tokens of the organization, newest first.',
  params: OrganizationParams,
  querystring: PageQuery,
  response: { 200: Page(ApiToken) },
  problems: ['CURSOR_INVALID'],
});
const create = declareRoute({
  operationId: 'createToken',
  tags: ['tokens'],
  summary: 'Issue an API token. The answer is the only place where it stands.',
  params: OrganizationParams,
  body: CreateApiTokenRequest,
  response: { 201: CreatedApiToken },
});
const revoke = declareRoute({
  operationId: 'revokeToken',
  tags: ['tokens'],
  summary: 'Revoke an API token: it stops working at once.',
  params: organizationParams({ tokenId: Uuid }),
  response: { 204: Type.Null() },
});

/** Binds the API tokens' routes. */
export function registerTokens(app: ApiServer, tokens: Tokens): void {
  app.get(`${organizationPath}/tokens`, { schema: list, config: { access: 'owner' } }, async (request) =>
    tokens.list(request.params.organizationId, request.query),
  );
  app.post(`${organizationPath}/tokens`, { schema: create, config: { access: 'owner' } }, async (request, reply) =>
    reply.code(201).send(await tokens.create(request.params.organizationId, request.body, changeContextOf(request))),
  );
  app.delete(`${organizationPath}/tokens/:tokenId`, { schema: revoke, config: { access: 'owner' } }, async (request, reply) => {
    await tokens.revoke(request.params.organizationId, request.params.tokenId, changeContextOf(request));
    return reply.code(204).send(null);
  });
}
