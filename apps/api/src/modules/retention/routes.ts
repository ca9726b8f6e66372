import { PageQuery, RetentionPreview, RetentionSettings, SetRetentionRequest, SnapshotProtection, Uuid } from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, requiredVersion } from '../../http/entity-tag.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { RetentionService } from './service.ts';

const protection = declareRoute({
  operationId: 'getSnapshotProtection',
  tags: ['snapshots'],
  summary: 'Whether a snapshot can be deleted, everything that keeps it, and what would go with it.',
  params: organizationParams({ snapshotId: Uuid }),
  response: { 200: SnapshotProtection },
});
const remove = declareRoute({
  operationId: 'deleteSnapshot',
  tags: ['snapshots'],
  summary: 'Delete a snapshot that nothing needs, with its releases.',
  description:
    'Its content, its releases and the tarballs of modules that nothing else uses are removed. Its commit stays in the history of the application, ' +
    'its number is not given again, and the ledger tells what it was.',
  params: organizationParams({ snapshotId: Uuid }),
  response: { 204: Type.Null() },
  problems: ['SNAPSHOT_PROTECTED'],
});
const getOfOrganization = declareRoute({
  operationId: 'getOrganizationRetention',
  tags: ['snapshots'],
  summary: 'The retention policy for all applications that have none of their own. The ETag is its version.',
  params: OrganizationParams,
  response: { 200: RetentionSettings },
});
const setOfOrganization = declareRoute({
  operationId: 'setOrganizationRetention',
  tags: ['snapshots'],
  summary: 'Set the retention policy for all applications that have none of their own. Needs If-Match.',
  params: OrganizationParams,
  body: SetRetentionRequest,
  response: { 200: RetentionSettings },
  problems: ['SELECTOR_INVALID', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const get = declareRoute({
  operationId: 'getRetention',
  tags: ['snapshots'],
  summary: 'The retention policy that holds for an application. The ETag is the version of its own.',
  params: organizationParams({ applicationId: Uuid }),
  response: { 200: RetentionSettings },
});
const set = declareRoute({
  operationId: 'setRetention',
  tags: ['snapshots'],
  summary: 'Give an application a retention policy of its own, or none. Needs If-Match.',
  params: organizationParams({ applicationId: Uuid }),
  body: SetRetentionRequest,
  response: { 200: RetentionSettings },
  problems: ['SELECTOR_INVALID', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const preview = declareRoute({
  operationId: 'previewRetention',
  tags: ['snapshots'],
  summary: 'What the next retention sweep does with each snapshot of an application, and why those that stay do.',
  params: organizationParams({ applicationId: Uuid }),
  querystring: PageQuery,
  response: { 200: RetentionPreview },
  problems: ['CURSOR_INVALID'],
});

/** Binds the routes of protection and retention. */
export function registerRetention(app: ApiServer, retention: RetentionService): void {
  const snapshot = `${organizationPath}/snapshots/:snapshotId`;
  app.get(`${snapshot}/protection`, { schema: protection, config: { access: 'viewer' } }, async (request) =>
    retention.protection(request.params.organizationId, request.params.snapshotId),
  );
  app.delete(snapshot, { schema: remove, config: { access: 'operator' } }, async (request, reply) => {
    await retention.deleteSnapshot(request.params.organizationId, request.params.snapshotId, changeContextOf(request));
    return reply.code(204).send(null);
  });

  const general = `${organizationPath}/retention`;
  app.get(general, { schema: getOfOrganization, config: { access: 'viewer' } }, async (request, reply) => {
    const settings = await retention.settings(request.params.organizationId, null);
    return reply.header('etag', entityTag(settings.version)).send(settings);
  });
  app.put(general, { schema: setOfOrganization, config: { access: 'owner' } }, async (request, reply) => {
    const change = { applicationId: null, version: requiredVersion(request), policy: request.body.policy };
    const settings = await retention.change(request.params.organizationId, change, changeContextOf(request));
    return reply.header('etag', entityTag(settings.version)).send(settings);
  });

  const own = `${organizationPath}/applications/:applicationId/retention`;
  app.get(own, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const settings = await retention.settings(request.params.organizationId, request.params.applicationId);
    return reply.header('etag', entityTag(settings.version)).send(settings);
  });
  app.put(own, { schema: set, config: { access: 'owner' } }, async (request, reply) => {
    const { organizationId, applicationId } = request.params;
    const change = { applicationId, version: requiredVersion(request), policy: request.body.policy };
    const settings = await retention.change(organizationId, change, changeContextOf(request));
    return reply.header('etag', entityTag(settings.version)).send(settings);
  });
  app.get(`${own}/preview`, { schema: preview, config: { access: 'viewer' } }, async (request) =>
    retention.preview(request.params.organizationId, request.params.applicationId, request.query),
  );
}
