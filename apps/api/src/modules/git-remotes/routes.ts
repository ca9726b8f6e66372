import { CreateGitRemoteRequest, GitRemote, Page, PageQuery, SyncGitRemoteRequest, UpdateGitRemoteRequest, Uuid } from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, requiredVersion } from '../../http/entity-tag.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { GitRemotes } from './service.ts';

const ApplicationParams = organizationParams({ applicationId: Uuid });
const RemoteParams = organizationParams({ applicationId: Uuid, gitRemoteId: Uuid });

const create = declareRoute({
  operationId: 'createGitRemote',
  tags: ['git remotes'],
  summary: 'Name a repository to push the history of an application to (mirror), or to import snapshots from (import).',
  description: 'It is tried at once; how that went is in its state. Secrets are kept sealed and never shown.',
  params: ApplicationParams,
  headers: IdempotencyHeaders,
  body: CreateGitRemoteRequest,
  response: { 201: GitRemote },
  problems: ['STATE_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listGitRemotes',
  tags: ['git remotes'],
  summary: 'The git remotes of an application, newest first, each with its state and what went wrong last.',
  params: ApplicationParams,
  querystring: PageQuery,
  response: { 200: Page(GitRemote) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getGitRemote',
  tags: ['git remotes'],
  summary: 'One git remote. The ETag is its version.',
  params: RemoteParams,
  response: { 200: GitRemote },
});
const update = declareRoute({
  operationId: 'updateGitRemote',
  tags: ['git remotes'],
  summary: 'Change a git remote; it is tried at once. Needs If-Match.',
  params: RemoteParams,
  body: UpdateGitRemoteRequest,
  response: { 200: GitRemote },
  problems: ['VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const remove = declareRoute({
  operationId: 'removeGitRemote',
  tags: ['git remotes'],
  summary: 'Forget a git remote. Nothing happens to the repository there, nor to what was imported.',
  params: RemoteParams,
  response: { 204: Type.Null() },
});
const sync = declareRoute({
  operationId: 'syncGitRemote',
  tags: ['git remotes'],
  summary: 'Push or import now.',
  description: 'Accepted: its state tells when it is done. A failing remote does not wait for its next attempt.',
  params: RemoteParams,
  headers: IdempotencyHeaders,
  body: SyncGitRemoteRequest,
  response: { 202: GitRemote },
  problems: ['STATE_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
});

/** Binds the routes of git remotes. */
export function registerGitRemotes(app: ApiServer, remotes: GitRemotes): void {
  const nested = `${organizationPath}/applications/:applicationId/git-remotes`;
  const one = `${nested}/:gitRemoteId`;
  app.post(nested, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, applicationId } = request.params;
    const input = { organizationId, applicationId, key: idempotencyKeyOf(request), request: request.body };
    const remote = await remotes.create(input, changeContextOf(request));
    return reply.code(201).header('etag', entityTag(remote.version)).send(remote);
  });
  app.get(nested, { schema: list, config: { access: 'viewer' } }, async (request) =>
    remotes.list(request.params.organizationId, request.params.applicationId, request.query),
  );
  app.get(one, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const remote = await remotes.get(request.params);
    return reply.header('etag', entityTag(remote.version)).send(remote);
  });
  app.patch(one, { schema: update, config: { access: 'operator' } }, async (request, reply) => {
    const input = { ...request.params, version: requiredVersion(request), request: request.body };
    const remote = await remotes.update(input, changeContextOf(request));
    return reply.header('etag', entityTag(remote.version)).send(remote);
  });
  app.delete(one, { schema: remove, config: { access: 'operator' } }, async (request, reply) => {
    await remotes.remove(request.params, changeContextOf(request));
    return reply.code(204).send(null);
  });
  app.post(`${one}/sync`, { schema: sync, config: { access: 'operator' } }, async (request, reply) => {
    const input = { ...request.params, key: idempotencyKeyOf(request), force: request.body.force ?? false };
    return reply.code(202).send(await remotes.sync(input, changeContextOf(request)));
  });
}
