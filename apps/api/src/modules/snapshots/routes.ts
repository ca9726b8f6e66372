import {
  CreateSnapshotRequest,
  OrganizationSealingKey,
  Page,
  Snapshot,
  SnapshotContent,
  SnapshotQuery,
  UpdateSnapshotRequest,
  Uuid,
} from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, requiredVersion } from '../../http/entity-tag.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import type { Snapshots } from './service.ts';

/** Flows may have 25 MiB; the rest is room for JSON's escapes, the lock and the credentials. */
const snapshotBytesMax = 32 * 1024 * 1024;

const create = declareRoute({
  operationId: 'createSnapshot',
  tags: ['snapshots'],
  summary: 'Capture flows, modules, settings and credentials as the next version of an application.',
  description: 'Capturing the same content again makes a new version with the same digest.',
  params: organizationParams({ applicationId: Uuid }),
  headers: IdempotencyHeaders,
  body: CreateSnapshotRequest,
  response: { 201: Snapshot },
  problems: [
    'FLOWS_MALFORMED',
    'FLOWS_TOO_LARGE',
    'CREDENTIALS_UNREADABLE',
    'PACKAGE_MALFORMED',
    'LOCK_MALFORMED',
    'LOCK_MISMATCH',
    'PARENT_UNKNOWN',
    'IDEMPOTENCY_KEY_REUSED',
  ],
});
const list = declareRoute({
  operationId: 'listSnapshots',
  tags: ['snapshots'],
  summary: 'The snapshots of an application, newest first.',
  params: organizationParams({ applicationId: Uuid }),
  querystring: SnapshotQuery,
  response: { 200: Page(Snapshot) },
  problems: ['CURSOR_INVALID'],
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
  app.post(
    nested,
    {
      schema: create,
      config: { access: 'operator' },
      bodyLimit: snapshotBytesMax,
      errorHandler: (error, _request, _reply) => {
        if (error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') throw error;
        throw new ApiError('FLOWS_TOO_LARGE', `The request is larger than ${snapshotBytesMax} bytes. Move large data out of the flows.`);
      },
    },
    async (request, reply) => {
      const { organizationId, applicationId } = request.params;
      const key = idempotencyKeyOf(request);
      const snapshot = await snapshots.create({ organizationId, applicationId, key, request: request.body }, changeContextOf(request));
      return reply.code(201).send(snapshot);
    },
  );
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
