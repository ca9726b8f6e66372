import { Readable } from 'node:stream';
import { ImportedRelease, ImportReleaseQuery, Uuid } from '@sluice/contracts';
import { type TSchema, Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import { bundleBytesMax } from './import-release.ts';
import type { Releases } from './service.ts';

const mediaType = 'application/x-tar';

const body: TSchema = {
  content: {
    [mediaType]: { schema: Type.Unsafe<Readable>({ description: 'A bundle, as `GET …/releases/{releaseId}/bundle` gives it.' }) },
  },
};

const importRelease = declareRoute({
  operationId: 'importRelease',
  tags: ['releases'],
  summary: 'Take in a release of another control plane: verify its bundle, and publish it here.',
  description:
    'Root, signature and every byte are verified before anything is published; then snapshot and release are made in one transaction, signed with ' +
    "this organization's key. No registry is asked. Credentials are not in bundles: `credentialsNeeded` says which nodes need some. " +
    'The same bundle again gives the same release (200).',
  params: organizationParams({ applicationId: Uuid }),
  querystring: ImportReleaseQuery,
  headers: IdempotencyHeaders,
  body,
  response: { 200: ImportedRelease, 201: ImportedRelease },
  problems: [
    'BUNDLE_MALFORMED',
    'BUNDLE_UNTRUSTED',
    'BUNDLE_TOO_LARGE',
    'INTEGRITY_MISMATCH',
    'MODULE_UNUSABLE',
    'MEDIA_TYPE_UNSUPPORTED',
    'POLICY_BLOCKED',
    'FLOWS_MALFORMED',
    'PACKAGE_MALFORMED',
    'LOCK_MALFORMED',
    'LOCK_MISMATCH',
    'IDEMPOTENCY_KEY_REUSED',
    'CONFLICT',
  ],
});

/** Binds the import. Its body is a stream, and is so here only: everywhere else tar is refused. */
export function registerReleaseImport(app: ApiServer, releases: Releases): void {
  app.register(async (scope: ApiServer) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(mediaType, { bodyLimit: bundleBytesMax }, (_request, payload, done) => done(null, payload));
    scope.post(
      `${organizationPath}/applications/:applicationId/releases/import`,
      {
        schema: importRelease,
        config: { access: 'operator' },
        bodyLimit: bundleBytesMax,
        errorHandler: (error, _request, _reply) => {
          if (error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') throw error;
          throw new ApiError('BUNDLE_TOO_LARGE', `The bundle has more than ${bundleBytesMax} bytes.`);
        },
      },
      async (request, reply) => {
        if (!(request.body instanceof Readable)) throw new ApiError('MEDIA_TYPE_UNSUPPORTED', `Send the bundle as ${mediaType}.`);
        const { organizationId, applicationId } = request.params;
        const { trustedRoot } = request.query;
        const input = { organizationId, applicationId, key: idempotencyKeyOf(request), trustedRoot, body: request.body };
        const { created, ...imported } = await releases.import(input, changeContextOf(request));
        return reply.code(created ? 201 : 200).send(imported);
      },
    );
  });
}
