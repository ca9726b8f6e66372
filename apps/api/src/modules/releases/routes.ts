import { Page, PageQuery, PublishReleaseRequest, Release, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Releases } from './service.ts';

const publish = declareRoute({
  operationId: 'publishRelease',
  tags: ['releases'],
  summary: 'Publish a snapshot: resolve its modules, build the manifest and sign it.',
  description: 'Publishing the same snapshot again gives the same release (200).',
  params: organizationParams({ applicationId: Uuid }),
  headers: IdempotencyHeaders,
  body: PublishReleaseRequest,
  response: { 200: Release, 201: Release },
  problems: ['MODULE_NOT_FOUND', 'REGISTRY_UNREACHABLE', 'LOCK_MISMATCH', 'PACKAGE_MALFORMED', 'IDEMPOTENCY_KEY_REUSED', 'CONFLICT'],
});
const list = declareRoute({
  operationId: 'listReleases',
  tags: ['releases'],
  summary: 'The releases of an application, newest first.',
  params: organizationParams({ applicationId: Uuid }),
  querystring: PageQuery,
  response: { 200: Page(Release) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getRelease',
  tags: ['releases'],
  summary: 'One release.',
  params: organizationParams({ releaseId: Uuid }),
  response: { 200: Release },
});

/** Binds the releases' routes. */
export function registerReleases(app: ApiServer, releases: Releases): void {
  const nested = `${organizationPath}/applications/:applicationId/releases`;
  app.post(nested, { schema: publish, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, applicationId } = request.params;
    const key = idempotencyKeyOf(request);
    const published = await releases.publish({ organizationId, applicationId, key, request: request.body }, changeContextOf(request));
    return reply.code(published.created ? 201 : 200).send(published.release);
  });
  app.get(nested, { schema: list, config: { access: 'viewer' } }, async (request) =>
    releases.list(request.params.organizationId, request.params.applicationId, request.query),
  );
  app.get(`${organizationPath}/releases/:releaseId`, { schema: get, config: { access: 'viewer' } }, async (request) =>
    releases.get(request.params.organizationId, request.params.releaseId),
  );
}
