import type { Clock } from '@sluice/platform';
import { findApiToken, findSession, type Store, touchApiToken, touchSession } from '@sluice/store';
import type { FastifyRequest } from 'fastify';
import { sessionCookie } from '../modules/sessions/cookie.ts';
import { ApiError } from '../problems/api-error.ts';
import { type Actor, actorOfPerson } from './actor.ts';
import { verifyApiToken } from './api-token.ts';
import { isCrossSite } from './cross-site.ts';
import { hashOfToken } from './secret-token.ts';

export type AuthenticationDependencies = { store: Store; clock: Clock; apiTokenKey: Buffer; publicUrl: string };

/**
 * Who an API token belongs to.
 * @throws ApiError UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED
 */
export async function actorOfToken(deps: AuthenticationDependencies, token: string, address: string): Promise<Actor> {
  const claims = verifyApiToken(deps.apiTokenKey, token, deps.clock);
  const found = await findApiToken(deps.store, claims.tokenId);
  if (found === undefined || found.revokedAt !== null || found.organizationId !== claims.organizationId) {
    throw new ApiError('TOKEN_REVOKED', 'The API token was revoked: ask an owner for a new one.');
  }
  await touchApiToken(deps.store, found, new Date(deps.clock.now()));
  const { organizationId, organizationName, role } = found;
  const memberships = [{ organizationId, organizationName, role }];
  return { kind: 'token', id: found.id, name: found.name, email: null, method: 'api_token', sessionId: null, address, memberships };
}

async function actorOfSession(deps: AuthenticationDependencies, token: string, address: string): Promise<Actor | null> {
  const now = new Date(deps.clock.now());
  const session = await findSession(deps.store, hashOfToken(token), now);
  if (session === undefined) return null;
  await touchSession(deps.store, session, now);
  return actorOfPerson(session.person, { method: 'session', sessionId: session.id, address });
}

/**
 * Finds out who asks: an API token in `Authorization`, else the session cookie. A bearer token that does not hold is refused, never ignored.
 * @throws ApiError UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED, CROSS_SITE_REQUEST
 */
export async function authenticate(deps: AuthenticationDependencies, request: FastifyRequest): Promise<Actor | null> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(authorization)?.[1];
    if (token === undefined) throw new ApiError('UNAUTHENTICATED', 'Send "Authorization: Bearer <API token>".');
    return actorOfToken(deps, token, request.ip);
  }
  const cookie = request.cookies[sessionCookie];
  if (cookie === undefined) return null;
  const actor = await actorOfSession(deps, cookie, request.ip);
  if (actor !== null && isCrossSite(request, deps.publicUrl)) {
    throw new ApiError('CROSS_SITE_REQUEST', 'A change with a session must come from the console itself (Origin or Sec-Fetch-Site).');
  }
  return actor;
}
