import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../../problems/api-error.ts';
import type { DeviceEntry } from '../device-desired/device-entry.ts';
import type { DeviceTokens } from './tokens.ts';

/** What a verified token says. `entry` is a shortcut to the device's entry in the cache of desired states. */
export type DeviceSession = {
  readonly deviceId: string;
  readonly organizationId: string;
  readonly epoch: number;
  readonly expiresAtMs: number;
  entry: DeviceEntry | undefined;
};

export type Sessions = {
  /** The session of an `Authorization` header that was verified before; it may have expired since. */
  known(authorization: string): DeviceSession | undefined;
  /**
   * The session of a header, its token verified if need be.
   * @throws ApiError UNAUTHENTICATED, TOKEN_EXPIRED
   */
  verify(authorization: string | undefined): DeviceSession;
};

/** Remembers verified tokens by their SHA-256, so that the memory of this process is no list of tokens. */
export function createSessions(options: { tokens: DeviceTokens; now: () => number; sessionsMax: number }): Sessions {
  const sessions = new LRUCache<string, DeviceSession>({ max: options.sessionsMax });
  const keyOf = (authorization: string): string => hash('sha256', authorization, 'base64');
  return {
    known: (authorization) => sessions.get(keyOf(authorization)),
    verify: (authorization) => {
      if (authorization === undefined) throw new ApiError('UNAUTHENTICATED', 'Send the token of POST /device/v1/token as bearer token.');
      const key = keyOf(authorization);
      let session = sessions.get(key);
      if (session === undefined) {
        session = { ...options.tokens.verify(authorization.replace(/^Bearer +/i, '')), entry: undefined };
        sessions.set(key, session);
      }
      if (options.now() < session.expiresAtMs) return session;
      sessions.delete(key);
      throw new ApiError('TOKEN_EXPIRED', 'The token has expired: get a new one with POST /device/v1/token.');
    },
  };
}
