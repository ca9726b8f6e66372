import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@sluice/platform';
import type { Sessions } from '../device-identity/sessions.ts';
import type { DesiredCache } from './desired-cache.ts';
import type { PresenceWriter } from './presence-writer.ts';

/** Answers a check-in from memory if that is all there is to it; false: nothing was done, the route answers. */
export type CheckIn = (request: IncomingMessage, response: ServerResponse) => boolean;

export type CheckInDeps = {
  sessions: Sessions;
  cache: Pick<DesiredCache, 'peek'>;
  presence: Pick<PresenceWriter, 'touch'>;
  clock: Pick<Clock, 'now'>;
  /** Called for each check-in that was answered. */
  onAnswered: () => void;
};

/**
 * The steady state of a fleet: a known token, a known device, nothing new, and no wish to wait. This runs for almost every request of a
 * control plane, before any framework, and must stay free of promises, allocation and the database.
 */
export function createCheckIn(deps: CheckInDeps): CheckIn {
  const { sessions, cache, presence, clock } = deps;
  return (request, response) => {
    const { authorization, prefer, 'if-none-match': etag } = request.headers;
    if (authorization === undefined || etag === undefined || prefer !== undefined) return false;
    const session = sessions.known(authorization);
    if (session === undefined) return false;
    let entry = session.entry;
    if (entry === undefined || !entry.live) {
      entry = cache.peek(session.deviceId);
      if (entry === undefined) return false;
      session.entry = entry;
    }
    if (entry.etag !== etag || entry.epoch !== session.epoch || !entry.approved) return false;
    const now = clock.now();
    if (now >= session.expiresAtMs) return false;
    presence.touch(entry, now);
    // writeHead takes names and values in turn; the array is shared by all answers to the device and never changed.
    response.writeHead(304, entry.headers as string[]);
    response.end();
    deps.onAnswered();
    return true;
  };
}
