import type { FastifyRequest } from 'fastify';
import { ApiError } from '../../problems/api-error.ts';
import type { DesiredCache } from '../device-desired/desired-cache.ts';
import type { DeviceEntry } from '../device-desired/device-entry.ts';
import type { PresenceWriter } from '../device-desired/presence-writer.ts';
import type { DeviceSession, Sessions } from './sessions.ts';

/** The device behind a request. @throws ApiError UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED */
export type Authenticate = (request: Pick<FastifyRequest, 'headers'>) => Promise<DeviceSession>;

/** @throws ApiError TOKEN_REVOKED unless the device is approved and still in the token's epoch */
export function requireCurrent(session: DeviceSession, entry: DeviceEntry | undefined): asserts entry is DeviceEntry {
  if (entry?.approved === true && entry.epoch === session.epoch && entry.organizationId === session.organizationId) return;
  throw new ApiError('TOKEN_REVOKED', 'This token counts no more: get a new one with POST /device/v1/token.');
}

/** Checks a request's token, and against the cached state of its device whether the token still counts. */
export function createAuthenticate(deps: {
  sessions: Sessions;
  cache: Pick<DesiredCache, 'get'>;
  presence: Pick<PresenceWriter, 'touch'>;
  now: () => number;
}): Authenticate {
  return async (request) => {
    const session = deps.sessions.verify(request.headers.authorization);
    const entry = await deps.cache.get(session.deviceId);
    requireCurrent(session, entry);
    session.entry = entry;
    deps.presence.touch(entry, deps.now());
    return session;
  };
}
