import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { problemStatus } from '@sluice/contracts';
import { type ProtocolVersion, protocolVersionOf } from '@sluice/vcs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Actor } from '../../authentication/actor.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import { failureOf, isServerFailure } from '../../problems/failure.ts';
import type { GitRepositories } from './service.ts';

/** What a client has of a long history, as text. */
const requestBytesMax = 8 * 1024 * 1024;
const readOnly =
  'The history of an application is read-only: a commit is made by capturing a snapshot (console, API, CLI or the editor), never by a push.';

const unzip = promisify(gunzip);
const Params = Type.Object({ organization: Type.String(), repository: Type.String() });
const Query = Type.Object({ service: Type.Optional(Type.String()) });
// Git's own protocol, not a part of the described API.
const schema = { hide: true, params: Params } as const;

/** Git shows the text of a refusal to the person, when it is plain text. */
function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(error) ?? { code: 'INTERNAL' as const, detail: 'The control plane failed. Try again later.' };
  const status = problemStatus[failure.code];
  if (isServerFailure(failure)) request.log.error({ err: error, traceId: request.id, route: request.routeOptions.url }, 'request failed');
  if (status === 401) reply.header('www-authenticate', 'Basic realm="Sluice", charset="UTF-8"');
  return reply
    .code(status)
    .headers(failure.headers ?? {})
    .header('cache-control', 'no-store')
    .type('text/plain; charset=utf-8')
    .send(`${failure.detail}\n`);
}

function versionOf(request: FastifyRequest): ProtocolVersion {
  const header = request.headers['git-protocol'];
  return protocolVersionOf(typeof header === 'string' ? header : undefined);
}

/** Clients compress what they have to say when it is long. */
async function bodyOf(request: FastifyRequest): Promise<Buffer> {
  const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new ApiError('MEDIA_TYPE_UNSUPPORTED', 'Send the body plain or with gzip.');
  try {
    return await unzip(body, { maxOutputLength: requestBytesMax });
  } catch (cause) {
    throw new ApiError('BAD_REQUEST', `The body is no gzip, or has more than ${requestBytesMax} bytes.`, { cause });
  }
}

/** Binds `/git/<organization>/<application>.git`: what `git clone` and `git fetch` ask (https://git-scm.com/docs/http-protocol, smart clients). */
export function registerGit(app: ApiServer, repositories: GitRepositories): void {
  const base = '/git/:organization/:repository';
  const actors = new WeakMap<FastifyRequest, Actor>();
  app.setErrorHandler(refuse);
  // Before a body is read, so that strangers cannot make us parse anything.
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    actors.set(request, await repositories.authenticate(request.headers.authorization, request.ip));
  });
  const find = (request: FastifyRequest<{ Params: { organization: string; repository: string } }>) => {
    const actor = actors.get(request);
    if (actor === undefined) throw new ApiError('UNAUTHENTICATED', 'Give an API token as the password.');
    return repositories.find(actor, request.params);
  };
  for (const type of ['application/x-git-upload-pack-request', 'application/x-git-receive-pack-request']) {
    app.addContentTypeParser(type, { parseAs: 'buffer', bodyLimit: requestBytesMax }, (_request, body, done) => done(null, body));
  }

  app.get(`${base}/info/refs`, { schema: { ...schema, querystring: Query }, exposeHeadRoute: false }, async (request, reply) => {
    const repository = await find(request);
    const { service } = request.query;
    if (service === 'git-receive-pack') throw new ApiError('FORBIDDEN', readOnly);
    if (service !== 'git-upload-pack')
      throw new ApiError('FORBIDDEN', 'Use a git client that speaks the smart HTTP protocol (1.6.6 or newer).');
    const body = await repositories.advertise(repository, versionOf(request));
    return reply.header('cache-control', 'no-cache').type('application/x-git-upload-pack-advertisement').send(body);
  });
  app.post(`${base}/git-upload-pack`, { schema }, async (request, reply) => {
    const repository = await find(request);
    const body = await bodyOf(request);
    const answer = repositories.answer(repository, { version: versionOf(request), body });
    return reply.header('cache-control', 'no-cache').type('application/x-git-upload-pack-result').send(answer);
  });
  app.post(`${base}/git-receive-pack`, { schema }, async (request) => {
    await find(request);
    throw new ApiError('FORBIDDEN', readOnly);
  });
}
