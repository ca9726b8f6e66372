import { OrganizationSealingKey, Page, Snapshot, SnapshotContent, SnapshotQuery, UpdateSnapshotRequest, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, requiredVersion } from '../../http/entity-tag.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { registerSnapshotCreation } from './create-routes.ts';
import type { Snapshots } from './service.ts';

const list = declareRoute({
  operationId: 'listSnapshots',
  tags: ['snapshots'],
  summary: 'The snapshots of an application, newest first.',
  params: organizationParams({ applicationId: Uuid }),
  querystring: SnapshotQuery,
  response: { 200: Page(Snapshot) },
  problems: ['CURSOR_INVALID', 'SELECTOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getSnapshot',
  tags: ['snapshots'],
  summary: 'One snapshot with its flows. Credentials are never given back.',
  params: organizationParams({ snapshotId: Uuid }),
  response: { 200: SnapshotContent },
});

const update = declareRoute({
  operationId: 'updateSnapshot',
  tags: ['snapshots'],
  summary: 'Give a snapshot other labels. Needs If-Match.',
  description: 'Everything else of a snapshot never changes. The label `keep` protects it from being deleted.',
  params: organizationParams({ snapshotId: Uuid }),
  body: UpdateSnapshotRequest,
  response: { 200: Snapshot },
  problems: ['VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const sealingKey = declareRoute({
  operationId: 'getSealingKey',
  tags: ['snapshots'],
  summary: 'The key to which credentials are sealed before they are sent with a snapshot.',
  description:
    'Ephemeral X25519, HKDF-SHA-256, AES-256-GCM; the additional data is "sluice-credentials-v1", the organization and the application, one per line.',
  params: OrganizationParams,
  response: { 200: OrganizationSealingKey },
});

/** Binds the snapshots' routes. */
export function registerSnapshots(app: ApiServer, snapshots: Snapshots): void {
  const nested = `${organizationPath}/applications/:applicationId/snapshots`;
  registerSnapshotCreation(app, snapshots);
  app.get(`${organizationPath}/sealing-key`, { schema: sealingKey, config: { access: 'viewer' } }, async (request) =>
    snapshots.sealingKey(request.params.organizationId),
  );
  app.get(nested, { schema: list, config: { access: 'viewer' } }, async (request) =>
    snapshots.list(request.params.organizationId, request.params.applicationId, request.query),
  );
  app.get(`${organizationPath}/snapshots/:snapshotId`, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const snapshot = await snapshots.get(request.params.organizationId, request.params.snapshotId);
    return reply.header('etag', entityTag(snapshot.version)).send(snapshot);
  });
  app.patch(`${organizationPath}/snapshots/:snapshotId`, { schema: update, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, snapshotId } = request.params;
    const change = { organizationId, snapshotId, version: requiredVersion(request), changes: request.body };
    const snapshot = await snapshots.update(change, changeContextOf(request));
    return reply.header('etag', entityTag(snapshot.version)).send(snapshot);
  });
}
