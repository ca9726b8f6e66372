import { Application, CreateApplicationRequest, Page, PageQuery, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag } from '../../http/entity-tag.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Applications } from './service.ts';

const list = declareRoute({
  operationId: 'listApplications',
  tags: ['applications'],
  summary: 'The applications of the organization, newest first.',
  params: OrganizationParams,
  querystring: PageQuery,
  response: { 200: Page(Application) },
  problems: ['CURSOR_INVALID'],
});
const create = declareRoute({
  operationId: 'createApplication',
  tags: ['applications'],
  summary: 'Make an application.',
  params: OrganizationParams,
  body: CreateApplicationRequest,
  response: { 201: Application },
  problems: ['NAME_TAKEN'],
});
const get = declareRoute({
  operationId: 'getApplication',
  tags: ['applications'],
  summary: 'One application. The ETag is its version.',
  params: organizationParams({ applicationId: Uuid }),
  response: { 200: Application },
});

/** Binds the applications' routes. */
export function registerApplications(app: ApiServer, applications: Applications): void {
  app.get(`${organizationPath}/applications`, { schema: list, config: { access: 'viewer' } }, async (request) =>
    applications.list(request.params.organizationId, request.query),
  );
  app.post(`${organizationPath}/applications`, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const application = await applications.create(request.params.organizationId, request.body, changeContextOf(request));
    return reply.code(201).header('etag', entityTag(application.version)).send(application);
  });
  app.get(`${organizationPath}/applications/:applicationId`, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const application = await applications.get(request.params.organizationId, request.params.applicationId);
    return reply.header('etag', entityTag(application.version)).send(application);
  });
}
