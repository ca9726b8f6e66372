import { CreateOrganizationRequest, Organization, Page, PageQuery } from '@sluice/contracts';
import { actorOf, changeContextOf } from '../../authentication/request-actor.ts';
import { OrganizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Organizations } from './service.ts';

const list = declareRoute({
  operationId: 'listOrganizations',
  tags: ['organizations'],
  summary: 'The organizations of whoever asks, newest first.',
  querystring: PageQuery,
  response: { 200: Page(Organization) },
  problems: ['CURSOR_INVALID'],
});
const create = declareRoute({
  operationId: 'createOrganization',
  tags: ['organizations'],
  summary: 'Make an organization with signing keys of its own; whoever makes it is its owner. For people, not for API tokens.',
  body: CreateOrganizationRequest,
  response: { 201: Organization },
  problems: ['NAME_TAKEN', 'FORBIDDEN'],
});
const get = declareRoute({
  operationId: 'getOrganization',
  tags: ['organizations'],
  summary: 'One organization.',
  params: OrganizationParams,
  response: { 200: Organization },
});

/** Binds the organizations' routes. */
export function registerOrganizations(app: ApiServer, organizations: Organizations): void {
  app.get('/api/v1/organizations', { schema: list, config: { access: 'signed_in' } }, async (request) =>
    organizations.list(actorOf(request), request.query),
  );
  app.post('/api/v1/organizations', { schema: create, config: { access: 'signed_in' } }, async (request, reply) =>
    reply.code(201).send(await organizations.create(request.body, actorOf(request), changeContextOf(request))),
  );
  app.get(organizationPath, { schema: get, config: { access: 'viewer' } }, async (request) =>
    organizations.get(request.params.organizationId),
  );
}
