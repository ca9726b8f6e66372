import { createHmac, timingSafeEqual } from 'node:crypto';
import { Closed, Uuid } from '@sluice/contracts';
import { findGitRemote, gitRemoteSecretIdentity, type Keyring, requestGitImport, type Store } from '@sluice/store';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { GitHints } from '../../dependencies.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError, notFound } from '../../problems/api-error.ts';
import { hintFor } from './service.ts';

export type GitWebhookDependencies = { store: Store; keyring: Keyring; jobs: GitHints };

/** What servers say about a push; nothing of it is read, but its signature covers it. */
const bodyBytesMax = 5 * 1024 * 1024;
/** Calls from one address for one remote: a team that pushes often makes a few in a minute, and one server may serve many teams. */
const rateLimit = { max: 60, timeWindow: 60_000, keyGenerator: (request: FastifyRequest) => `${request.ip} ${request.url}` };

const webhook = declareRoute({
  operationId: 'announceGitPush',
  tags: ['git remotes'],
  summary: 'Called by a git server after a push: makes the import due.',
  description:
    'Set this address as webhook at the git server, with the webhook secret of the remote: as secret at GitHub, Gitea or Forgejo ' +
    '(X-Hub-Signature-256 over the body), as secret token at GitLab (X-Gitlab-Token). Nothing of the body is used.',
  params: Closed({ gitRemoteId: Uuid }),
  response: { 204: Type.Null() },
  problems: ['UNAUTHENTICATED', 'NOT_FOUND', 'RATE_LIMITED', 'BODY_TOO_LARGE'],
});

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Equal without telling by time where the difference is: both sides are hashed first, so their lengths do not matter. */
function isEqual(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** Whether the caller knows the secret. https://docs.github.com/webhooks (validating deliveries); https://docs.gitlab.com (webhooks, secret token) */
export function provesSecret(secret: string, call: { signature: string | undefined; token: string | undefined; body: Buffer }): boolean {
  const { signature, token, body } = call;
  if (signature !== undefined) return isEqual(signature, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  return token !== undefined && isEqual(token, secret);
}

/** Binds the address that git servers call. It has a scope of its own, because it reads bodies of any kind as bytes. */
export function registerGitWebhook(app: ApiServer, { store, keyring, jobs }: GitWebhookDependencies): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytesMax }, (_request, body, done) => done(null, body));
  const config = { access: 'public' as const, rateLimit };
  app.post('/api/v1/git-remotes/:gitRemoteId/webhook', { schema: webhook, config, bodyLimit: bodyBytesMax }, async (request, reply) => {
    const remote = await findGitRemote(store, request.params.gitRemoteId, new Date(store.clock.now()));
    const sealed = remote?.sealed.webhookSecret ?? null;
    if (remote === undefined || sealed === null) throw notFound('git remote');
    const opened = await keyring.open(store, { sealed, identity: gitRemoteSecretIdentity(remote.id, 'webhookSecret') });
    const secret = opened.toString('utf8');
    const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
    const call = { signature: headerOf(request, 'x-hub-signature-256'), token: headerOf(request, 'x-gitlab-token'), body };
    if (!provesSecret(secret, call))
      throw new ApiError(
        'UNAUTHENTICATED',
        'The call is not signed with the webhook secret of this git remote: set the same one on both sides.',
      );
    await store.transaction(async (tx) => {
      await requestGitImport(tx, remote);
      tx.afterCommit(hintFor(jobs, remote));
    });
    return reply.code(204).send(null);
  });
}
