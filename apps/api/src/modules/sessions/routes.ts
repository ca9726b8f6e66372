import { Me, SignInLinkRequest, SignInRequest } from '@sluice/contracts';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { meOf } from '../../authentication/actor.ts';
import { isForeignBrowserRequest } from '../../authentication/cross-site.ts';
import { actorOf } from '../../authentication/request-actor.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import { clearSessionCookie, setSessionCookie } from './cookie.ts';
import type { Sessions, SignedIn } from './service.ts';

// Per address and minute. Guessing is bounded per account, too, by the lock-out.
const rateLimit = { max: 30, timeWindow: 60_000 };

const signIn = declareRoute({
  operationId: 'signIn',
  tags: ['sessions'],
  summary: 'Sign in with e-mail address and password. The answer sets the session cookie.',
  body: SignInRequest,
  response: { 201: Me },
  problems: ['CREDENTIALS_WRONG', 'CROSS_SITE_REQUEST', 'RATE_LIMITED'],
});
const signInWithLink = declareRoute({
  operationId: 'signInWithLink',
  tags: ['sessions'],
  summary: 'Sign in once with a sign-in link and choose a password. The answer sets the session cookie.',
  body: SignInLinkRequest,
  response: { 201: Me },
  problems: ['CREDENTIALS_WRONG', 'CROSS_SITE_REQUEST', 'RATE_LIMITED'],
});
const signOut = declareRoute({
  operationId: 'signOut',
  tags: ['sessions'],
  summary: 'End the session of this request.',
  response: { 204: Type.Null() },
});
const me = declareRoute({
  operationId: 'getMe',
  tags: ['sessions'],
  summary: 'Who is asking, and in which organizations.',
  response: { 200: Me },
});

/** Signing a browser in from a foreign page would let that page act as somebody else unnoticed. */
function refuseForeignBrowser(request: FastifyRequest, publicUrl: string): void {
  if (isForeignBrowserRequest(request, publicUrl)) throw new ApiError('CROSS_SITE_REQUEST', 'Sign in from the console itself.');
}

/** Binds the routes of signing in and out. */
export function registerSessions(app: ApiServer, sessions: Sessions, publicUrl: string): void {
  const caller = (request: FastifyRequest) => ({ address: request.ip, requestId: request.id });
  const config = { access: 'public' as const, rateLimit };
  app.post('/api/v1/sessions', { schema: signIn, config }, async (request, reply) => {
    refuseForeignBrowser(request, publicUrl);
    const signedIn: SignedIn = await sessions.signIn(request.body, caller(request));
    setSessionCookie(reply, signedIn.token, publicUrl);
    return reply.code(201).send(meOf(signedIn.actor));
  });
  app.post('/api/v1/sessions/link', { schema: signInWithLink, config }, async (request, reply) => {
    refuseForeignBrowser(request, publicUrl);
    const signedIn: SignedIn = await sessions.signInWithLink(request.body, caller(request));
    setSessionCookie(reply, signedIn.token, publicUrl);
    return reply.code(201).send(meOf(signedIn.actor));
  });
  app.delete('/api/v1/sessions/current', { schema: signOut, config: { access: 'signed_in' } }, async (request, reply) => {
    await sessions.signOut(actorOf(request), request.id);
    clearSessionCookie(reply);
    return reply.code(204).send(null);
  });
  app.get('/api/v1/me', { schema: me, config: { access: 'signed_in' } }, async (request) => meOf(actorOf(request)));
}
