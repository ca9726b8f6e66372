import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { ApiError } from '../../problems/api-error.ts';

/** What a device token says. */
export type DeviceClaims = { deviceId: string; organizationId: string; epoch: number; expiresAtMs: number };

export type DeviceTokens = {
  issue(device: { deviceId: string; organizationId: string; epoch: number }): { accessToken: string; expiresInSeconds: number };
  /** @throws ApiError UNAUTHENTICATED, TOKEN_EXPIRED */
  verify(token: string): DeviceClaims;
};

const lifetimeSeconds = 15 * 60;
const algorithm = 'HS256';
const issuer = 'sluice';
const audience = 'sluice-device';
/** RFC 8725 section 3.11: a token of one kind is never taken for one of another. */
const type = 'sluice-device+jwt';

function unauthenticated(cause?: unknown): ApiError {
  return new ApiError('UNAUTHENTICATED', 'This is no token of a device: get one with POST /device/v1/token.', { cause });
}

function claimsOf({ header, payload }: jwt.Jwt): DeviceClaims {
  if (header.typ !== type || typeof payload === 'string') throw unauthenticated();
  const { sub, exp, org, epoch } = payload;
  if (typeof sub !== 'string' || typeof exp !== 'number' || typeof org !== 'string' || typeof epoch !== 'number') throw unauthenticated();
  return { deviceId: sub, organizationId: org, epoch, expiresAtMs: exp * 1000 };
}

/**
 * Makes and reads the short-lived tokens of devices (JWT, RFC 7519): one fixed algorithm; type, issuer, audience and expiry are checked.
 * Whether the epoch still counts is not the token's to say.
 * @param options.now epoch milliseconds
 */
export function createDeviceTokens(options: { key: Uint8Array; now: () => number }): DeviceTokens {
  // As a key object: given bytes, jsonwebtoken tries them as a public key first, for more than the verification itself costs.
  const key = createSecretKey(options.key);
  const seconds = (): number => Math.floor(options.now() / 1000);
  return {
    issue: ({ deviceId, organizationId, epoch }) => {
      const iat = seconds();
      const payload = { iss: issuer, aud: audience, sub: deviceId, org: organizationId, epoch, iat, exp: iat + lifetimeSeconds };
      const accessToken = jwt.sign(payload, key, { algorithm, header: { alg: algorithm, typ: type } });
      return { accessToken, expiresInSeconds: lifetimeSeconds };
    },
    verify: (token) => {
      let verified: jwt.Jwt;
      try {
        verified = jwt.verify(token, key, {
          algorithms: [algorithm],
          issuer,
          audience,
          complete: true,
          clockTimestamp: seconds(),
        });
      } catch (error) {
        if (error instanceof jwt.TokenExpiredError) {
          throw new ApiError('TOKEN_EXPIRED', 'The token has expired: get a new one with POST /device/v1/token.', { cause: error });
        }
        throw unauthenticated(error);
      }
      return claimsOf(verified);
    },
  };
}
