import type { Clock } from '@sluice/platform';
import jwt from 'jsonwebtoken';
import { ApiError } from '../problems/api-error.ts';

const issuer = 'sluice';
const audience = 'sluice-api';
const headerType = 'sluice-api+jwt';

export type ApiTokenClaims = { tokenId: string; organizationId: string };

/**
 * Issues an API token (JWT, HS256). It carries no rights: role and revocation stand in the row of its id and are read with each request.
 * @param expiresAt null: valid until it is revoked
 */
export function issueApiToken(key: Buffer, claims: ApiTokenClaims & { expiresAt: Date | null }, clock: Pick<Clock, 'now'>): string {
  const payload = {
    org: claims.organizationId,
    iat: Math.floor(clock.now() / 1000),
    ...(claims.expiresAt === null ? {} : { exp: Math.floor(claims.expiresAt.getTime() / 1000) }),
  };
  return jwt.sign(payload, key, { algorithm: 'HS256', issuer, audience, jwtid: claims.tokenId, header: { alg: 'HS256', typ: headerType } });
}

/**
 * Verifies signature, type, issuer, audience and expiry of an API token.
 * @throws ApiError TOKEN_EXPIRED, UNAUTHENTICATED
 */
export function verifyApiToken(key: Buffer, token: string, clock: Pick<Clock, 'now'>): ApiTokenClaims {
  try {
    const clockTimestamp = Math.floor(clock.now() / 1000);
    const verified = jwt.verify(token, key, { algorithms: ['HS256'], issuer, audience, clockTimestamp, complete: true });
    const { payload, header } = verified;
    if (header.typ !== headerType || typeof payload === 'string' || payload.jti === undefined || typeof payload['org'] !== 'string') {
      throw new jwt.JsonWebTokenError('not an API token');
    }
    return { tokenId: payload.jti, organizationId: payload['org'] };
  } catch (cause) {
    if (cause instanceof jwt.TokenExpiredError)
      throw new ApiError('TOKEN_EXPIRED', 'The API token has expired: ask an owner for a new one.', { cause });
    throw new ApiError('UNAUTHENTICATED', 'The bearer token is not a valid API token.', { cause });
  }
}
