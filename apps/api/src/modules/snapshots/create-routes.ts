import { CreateSnapshotRequest, Snapshot, SnapshotFileQuery, Uuid } from '@sluice/contracts';
import { type TSchema, Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { refuseLargeSnapshot, snapshotBytesMax } from './body-limit.ts';
import { fileMediaTypes, requestOfBody, secretHeader } from './request-body.ts';
import type { Snapshots } from './service.ts';

const File = Type.Unsafe<Buffer>({ description: 'A Node-RED project or user directory as a zip, or a flow file of any form.' });

/** One address, several forms of a body: Fastify and OpenAPI know them by their media types. */
const body: TSchema = {
  content: {
    'application/json': { schema: CreateSnapshotRequest },
    ...Object.fromEntries(fileMediaTypes.map((type) => [type, { schema: File }])),
  },
};

const Headers = Type.Object({
  ...IdempotencyHeaders.properties,
  [secretHeader]: Type.Optional(
    Type.String({ maxLength: 12_288, description: 'The secret of the credentials in a file, percent-encoded (UTF-8). It is not kept.' }),
  ),
});

const create = declareRoute({
  operationId: 'createSnapshot',
  tags: ['snapshots'],
  summary: 'Capture flows, modules, settings and credentials as the next version of an application.',
  description:
    'Capturing the same content again makes a new version with the same digest. Send a request in JSON, or a file as it is: a zip of a Node-RED ' +
    'project or user directory, or a flow file (flows.json, a FlowFuse snapshot). A file with encrypted credentials needs their secret, or ' +
    '`?credentials=omit`.',
  params: organizationParams({ applicationId: Uuid }),
  querystring: SnapshotFileQuery,
  headers: Headers,
  body,
  response: { 201: Snapshot },
  problems: [
    'ARCHIVE_MALFORMED',
    'ARCHIVE_TOO_LARGE',
    'FLOWS_MALFORMED',
    'FLOWS_NOT_FOUND',
    'FLOWS_TOO_LARGE',
    'CREDENTIALS_UNREADABLE',
    'MEDIA_TYPE_UNSUPPORTED',
    'PACKAGE_MALFORMED',
    'LOCK_MALFORMED',
    'LOCK_MISMATCH',
    'PROJECT_MALFORMED',
    'PARENT_UNKNOWN',
    'IDEMPOTENCY_KEY_REUSED',
  ],
});

/** Binds the route that makes snapshots. Bodies that are files are read here only: everywhere else they stay refused. */
export function registerSnapshotCreation(app: ApiServer, snapshots: Snapshots): void {
  app.register(async (scope: ApiServer) => {
    for (const type of fileMediaTypes) {
      scope.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, content, done) => done(null, content));
    }
    scope.post(
      `${organizationPath}/applications/:applicationId/snapshots`,
      { schema: create, config: { access: 'operator' }, bodyLimit: snapshotBytesMax, errorHandler: refuseLargeSnapshot },
      async (request, reply) => {
        const { organizationId, applicationId } = request.params;
        const input = { organizationId, applicationId, key: idempotencyKeyOf(request), request: requestOfBody(request) };
        return reply.code(201).send(await snapshots.create(input, changeContextOf(request)));
      },
    );
  });
}
