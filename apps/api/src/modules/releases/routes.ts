import { Readable } from 'node:stream';
import { Page, PageQuery, PublishReleaseRequest, Release, Uuid } from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { registerReleaseImport } from './import-routes.ts';
import type { Releases } from './service.ts';

const publish = declareRoute({
  operationId: 'publishRelease',
  tags: ['releases'],
  summary: 'Publish a snapshot: resolve and fetch its modules, build the manifest and sign it.',
  description:
    'Every tarball that the lock names is fetched once and kept, so that devices need no registry. ' +
    'Findings of the policies that block refuse it, all of them told at once; what was found otherwise is kept with the release. ' +
    'Publishing the same snapshot again gives the same release (200).',
  params: organizationParams({ applicationId: Uuid }),
  headers: IdempotencyHeaders,
  body: PublishReleaseRequest,
  response: { 200: Release, 201: Release },
  problems: [
    'POLICY_BLOCKED',
    'INTEGRITY_MISMATCH',
    'MODULE_NOT_FOUND',
    'MODULE_OUTSIDE_REGISTRY',
    'MODULE_UNUSABLE',
    'REGISTRY_UNREACHABLE',
    'LOCK_MALFORMED',
    'LOCK_MISMATCH',
    'PACKAGE_MALFORMED',
    'IDEMPOTENCY_KEY_REUSED',
    'CONFLICT',
  ],
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

const bundle = declareRoute({
  operationId: 'getReleaseBundle',
  tags: ['releases'],
  summary: 'A release with everything a device needs to install it, as one tar file.',
  description:
    'Holds `bundle.json` (what it is), `root.json` (the root of trust), `release.json` (the signed manifest), `sbom.json`, ' +
    'and `blobs/<sha256>` for each file and each tarball of a module. The same release gives the same bytes.',
  params: organizationParams({ releaseId: Uuid }),
  response: { 200: Type.Unsafe<Readable>({ type: 'string' }) },
});
const sbom = declareRoute({
  operationId: 'getReleaseSbom',
  tags: ['releases'],
  summary: 'The bill of materials of a release (CycloneDX 1.6, JSON).',
  params: organizationParams({ releaseId: Uuid }),
  response: { 200: Type.Unsafe<Buffer>({ type: 'object' }) },
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
  registerReleaseImport(app, releases);
  app.get(nested, { schema: list, config: { access: 'viewer' } }, async (request) =>
    releases.list(request.params.organizationId, request.params.applicationId, request.query),
  );
  app.get(`${organizationPath}/releases/:releaseId`, { schema: get, config: { access: 'viewer' } }, async (request) =>
    releases.get(request.params.organizationId, request.params.releaseId),
  );
  app.get(`${organizationPath}/releases/:releaseId/bundle`, { schema: bundle, config: { access: 'viewer' } }, async (request, reply) => {
    const { digest, length, read } = await releases.bundle(request.params.organizationId, request.params.releaseId);
    reply
      .type('application/x-tar')
      .header('content-length', length)
      .header('etag', `"${digest}"`)
      .header('content-disposition', `attachment; filename="release-${digest.slice(0, 12)}.tar"`);
    return reply.send(Readable.from(read(), { objectMode: false }));
  });
  app.get(`${organizationPath}/releases/:releaseId/sbom`, { schema: sbom, config: { access: 'viewer' } }, async (request, reply) => {
    const bytes = await releases.sbom(request.params.organizationId, request.params.releaseId);
    // Stored bytes are sent as they are: their digest is known.
    return reply
      .type('application/vnd.cyclonedx+json; version=1.6')

      .send(bytes);
  });
}
