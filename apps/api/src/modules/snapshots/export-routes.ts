import { ExportSnapshotQuery, ExportSnapshotRequest, Uuid } from '@sluice/contracts';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { SnapshotExports, SnapshotFile } from './export-service.ts';

const forms =
  '`flows`: flows.json, byte by byte what devices get. `project`: a zip with the files of a Node-RED project, which Node-RED opens and runs. ' +
  '`flowfuse`: a snapshot that FlowFuse imports. `project` and `flowfuse` make a snapshot with the same digest when they come back. ' +
  'The header `sluice-credentials` says whether there are `none`, or they are `omitted` or `encrypted`; where they are omitted, README.md of the ' +
  'project, or `sluice.credentialsNeeded` of the FlowFuse snapshot, lists the nodes that need some.';

const response = { 200: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }) };

const plain = declareRoute({
  operationId: 'exportSnapshot',
  tags: ['snapshots'],
  summary: 'A snapshot as a file for Node-RED or FlowFuse, without credentials.',
  description: forms,
  params: organizationParams({ snapshotId: Uuid }),
  querystring: ExportSnapshotQuery,
  response,
});
const withCredentials = declareRoute({
  operationId: 'exportSnapshotWithCredentials',
  tags: ['snapshots'],
  summary: 'A snapshot as a file with its credentials, encrypted with a secret of your own. For owners; the ledger keeps who did it.',
  description: forms,
  params: organizationParams({ snapshotId: Uuid }),
  headers: IdempotencyHeaders,
  body: ExportSnapshotRequest,
  response,
  problems: ['IDEMPOTENCY_KEY_REUSED'],
});

function send(reply: FastifyReply, { bytes, mediaType, name, credentials }: SnapshotFile): FastifyReply {
  return reply
    .type(mediaType)
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('sluice-credentials', credentials)
    .header('cache-control', 'no-store')
    .send(bytes);
}

/** Binds the routes that give snapshots out as files. */
export function registerSnapshotExports(app: ApiServer, exports: SnapshotExports): void {
  const path = `${organizationPath}/snapshots/:snapshotId/export`;
  app.get(path, { schema: plain, config: { access: 'viewer' } }, async (request, reply) => {
    const { organizationId, snapshotId } = request.params;
    return send(reply, await exports.plain(organizationId, snapshotId, request.query.format ?? 'project'));
  });
  // Whoever may take credentials out may use them anywhere: more than deploying them, so more than an operator, and no token of CI.
  app.post(path, { schema: withCredentials, config: { access: 'owner' } }, async (request, reply) => {
    const { organizationId, snapshotId } = request.params;
    const input = { organizationId, snapshotId, ...request.body, key: idempotencyKeyOf(request) };
    return send(reply, await exports.withCredentials(input, changeContextOf(request)));
  });
}
