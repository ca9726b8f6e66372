import { DesiredResponse, type LogQuestion } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import { requireCurrent } from '../device-identity/authenticate.ts';
import type { DeviceSession, Sessions } from '../device-identity/sessions.ts';
import type { DesiredAnswer } from './assignments.ts';
import { type Batcher, BatcherFullError } from './batcher.ts';
import type { CheckIn } from './check-in.ts';
import type { DesiredCache } from './desired-cache.ts';
import { type DeviceEntry, desiredEtag, pollAfterHeader, revisionOfEtag } from './device-entry.ts';
import type { NamedMore } from './look-closer.ts';
import { retryAfterSeconds } from './poll-interval.ts';
import { matchesEtag, preferredWaitSeconds } from './prefer.ts';
import type { PresenceWriter } from './presence-writer.ts';
import type { Waiters } from './waiters.ts';

export type DeviceDesiredDeps = {
  sessions: Sessions;
  cache: DesiredCache;
  waiters: Waiters;
  presence: PresenceWriter;
  assignments: Batcher<DesiredAnswer>;
  checkIn: CheckIn;
  clock: Clock;
  /** Notes that a device was told of a capture; never fails. */
  onCaptureTold: (deviceId: string, captureId: string) => Promise<void>;
  /** What the device is told of a request for logs; null: nothing any more; undefined: that could not be found out. Never fails. */
  onLogsTold: (deviceId: string, logRequestId: string) => Promise<LogQuestion | null | undefined>;
  /** Looks in the database whether a device knows more than that: it names a revision or has a token that the cache does not know. */
  lookCloser: (named: NamedMore) => Promise<DeviceEntry | undefined>;
};

const route = declareRoute({
  operationId: 'getDesired',
  tags: ['device API'],
  summary: 'What the device shall run.',
  description:
    'The ETag stands for the revision and what somebody wants to know: with `If-None-Match` an unchanged state is answered 304. `Prefer: wait=N` (at most 60) holds the request until ' +
    'something changes.',
  response: { 200: DesiredResponse, 304: Type.Null() },
  problems: ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'],
});

/** `GET /desired`. Almost all of its requests are answered by `checkIn` before they come here. */
export function registerDeviceDesired(app: ApiServer, deps: DeviceDesiredDeps): void {
  app.get(
    '/desired',
    {
      schema: route,
      exposeHeadRoute: false,
      onRequest: (request, reply, done) => {
        if (!deps.checkIn(request.raw, reply.raw)) return done();
        reply.hijack();
      },
    },
    async (request, reply) => answerDesired(deps, request, reply),
  );
}

async function answerDesired(deps: DeviceDesiredDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { clock, presence } = deps;
  const session = deps.sessions.verify(request.headers.authorization);
  const waitSeconds = preferredWaitSeconds(request.headers.prefer);
  let until = clock.monotonic() + waitSeconds * 1000;
  for (let held = false; ; held = true) {
    const entry = await currentEntry(deps, session, request.headers['if-none-match']);
    requireCurrent(session, entry);
    session.entry = entry;
    presence.touch(entry, clock.now());
    if (!matchesEtag(request.headers['if-none-match'], entry.etag)) return sendDesired(deps, reply, entry);
    const remainingMs = until - clock.monotonic();
    // Nothing is awaited between the look above and this: a change comes either before both or after both.
    const outcome = remainingMs > 0 ? deps.waiters.hold(session.deviceId, remainingMs, reply.raw) : undefined;
    if (outcome === undefined) return sendUnchanged(reply, entry, held ? waitSeconds : 0);
    switch (await outcome) {
      case 'changed':
        break;
      case 'released':
        // Looks a last time: the token may have lost its worth, and a 304 must not carry the tag of something newer.
        until = Number.NEGATIVE_INFINITY;
        break;
      case 'gone':
        return reply.hijack();
    }
  }
}

/** The entry of a device; before it is used, what names more than is known is looked at in the database, once for each device. */
async function currentEntry(deps: DeviceDesiredDeps, session: DeviceSession, etag: string | undefined): Promise<DeviceEntry | undefined> {
  const { deviceId, epoch } = session;
  const entry = await deps.cache.get(deviceId);
  if (entry === undefined) return entry;
  // Once it was noticed only a newer token is news: somebody has decided.
  const revision = entry.ahead ? 0 : revisionOfEtag(etag);
  if (revision <= entry.revision && epoch <= entry.epoch) return entry;
  return deps.lookCloser({ deviceId, revision, epoch });
}

function setHeaders(reply: FastifyReply, entry: DeviceEntry): FastifyReply {
  return reply.header('cache-control', 'private, no-cache').header(pollAfterHeader, entry.pollAfterMs);
}

function sendUnchanged(reply: FastifyReply, entry: DeviceEntry, waitedSeconds: number): FastifyReply {
  if (waitedSeconds > 0) reply.header('preference-applied', `wait=${waitedSeconds}`);
  return setHeaders(reply, entry).header('etag', entry.etag).code(304).send();
}

async function sendDesired(deps: DeviceDesiredDeps, reply: FastifyReply, entry: DeviceEntry): Promise<FastifyReply> {
  const { deviceId, captureId, logRequestId, pollAfterMs, revision, ahead } = entry;
  // A device that knows more than a restored database must not be told of what is older: it keeps what it has.
  const answer = revision === 0 || ahead ? { revision, assignment: null } : await assignmentOf(deps, entry);
  if (captureId !== null) await deps.onCaptureTold(deviceId, captureId);
  const question = logRequestId === null ? null : await deps.onLogsTold(deviceId, logRequestId);
  // What the device was not told must not be in the tag: it would never ask again.
  const told = { captureId, logRequestId: question === undefined ? null : logRequestId };
  setHeaders(reply, entry).header('etag', desiredEtag(answer.revision, told));
  const capture = captureId === null ? {} : { capture: { id: captureId } };
  const logs = question === null || question === undefined ? {} : { logs: question };
  return reply.send({ ...answer, pollAfterMs, ...capture, ...logs } satisfies DesiredResponse);
}

async function assignmentOf(deps: DeviceDesiredDeps, entry: DeviceEntry): Promise<Pick<DesiredResponse, 'revision' | 'assignment'>> {
  const headers = { 'retry-after': String(retryAfterSeconds(entry.deviceId)) };
  const answer = await deps.assignments.load(entry.deviceId).catch((cause: unknown) => {
    if (!(cause instanceof BatcherFullError)) throw cause;
    throw new ApiError('UNAVAILABLE', 'Many devices ask at once: ask again later.', { headers, cause });
  });
  if (answer === undefined)
    throw new ApiError('UNAVAILABLE', 'The assignment of this device cannot be made now: ask again later.', { headers });
  if ('missing' in answer) {
    const names = answer.missing.join(', ');
    throw new ApiError('UNAVAILABLE', `The release requires variables that are not set for this device: ${names}.`, { headers });
  }
  return answer;
}
