import { Readable } from 'node:stream';
import { Digest, Envelope, SealedBox } from '@sluice/contracts';
import { findConfiguration, findReleaseEnvelope, findRootDocument, type Store } from '@sluice/store';
import { configurationContext, seal, signTime } from '@sluice/trust';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Type } from 'typebox';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError, notFound } from '../../problems/api-error.ts';
import type { DeviceConfigurations } from '../device-desired/device-configurations.ts';
import type { Authenticate } from '../device-identity/authenticate.ts';
import { createBlobs } from './blob-reader.ts';
import { parseRange } from './range.ts';
import type { SigningKeys } from './signing-keys.ts';

export type DeviceContentDeps = {
  store: Pick<Store, 'query'>;
  keys: SigningKeys;
  configurations: DeviceConfigurations;
  authenticate: Authenticate;
  now: () => number;
  randomBytes: (size: number) => Uint8Array;
};

/** What is named by its digest never changes. `private`: a shared cache must not answer for another organization. */
const immutable = 'private, max-age=31536000, immutable';
const timeKeptMs = 60_000;
const problems = ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'NOT_FOUND'] as const;

/** Answers 304 when the client has the bytes already; their digest is their entity tag. */
function answersNotModified(request: FastifyRequest, reply: FastifyReply, digest: string): boolean {
  const etag = `"${digest}"`;
  reply.header('etag', etag).header('cache-control', immutable);
  if (request.headers['if-none-match'] !== etag) return false;
  reply.code(304).send();
  return true;
}

/** Signed manifests and the files they list. */
export function registerReleaseContent(app: ApiServer, { store, authenticate }: DeviceContentDeps): void {
  const envelopes = new LRUCache<string, Envelope>({ max: 500 });
  const release = declareRoute({
    operationId: 'getDeviceRelease',
    tags: ['device API'],
    summary: 'The signed manifest of a release.',
    params: Type.Object({ digest: Digest }),
    response: { 200: Envelope },
    problems: [...problems],
  });
  app.get('/releases/:digest', { schema: release }, async (request, reply) => {
    const { organizationId } = await authenticate(request);
    const { digest } = request.params;
    const key = `${organizationId} ${digest}`;
    const envelope = envelopes.get(key) ?? (await findReleaseEnvelope(store, organizationId, digest));
    if (envelope === undefined) throw notFound('release');
    envelopes.set(key, envelope);
    if (answersNotModified(request, reply, digest)) return reply;
    return reply.send(envelope);
  });

  const blobs = createBlobs(store);
  const blob = declareRoute({
    operationId: 'getDeviceBlob',
    tags: ['device API'],
    summary: 'The bytes of a file of a release; takes Range.',
    params: Type.Object({ sha256: Digest }),
    response: { 200: Type.Unsafe<Readable>({ type: 'string' }), 206: Type.Unsafe<Readable>({ type: 'string' }) },
    problems: [...problems, 'RANGE_UNSATISFIABLE'],
  });
  app.get('/blobs/:sha256', { schema: blob }, async (request, reply) => {
    const { organizationId } = await authenticate(request);
    const address = { organizationId, sha256: request.params.sha256 };
    const length = await blobs.lengthOf(address);
    if (length === undefined) throw notFound('blob');
    if (answersNotModified(request, reply, address.sha256)) return reply;
    reply.header('accept-ranges', 'bytes').type('application/octet-stream');
    const ifRange = request.headers['if-range'];
    const range = parseRange(ifRange === undefined || ifRange === `"${address.sha256}"` ? request.headers.range : undefined, length);
    if (range.kind === 'unsatisfiable') {
      const headers = { 'content-range': `bytes */${length}` };
      throw new ApiError('RANGE_UNSATISFIABLE', `The blob has ${length} bytes; ask for some of them.`, { headers });
    }
    const part = range.kind === 'part' ? range : { start: 0, end: length - 1 };
    if (range.kind === 'part') reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${length}`);
    reply.header('content-length', part.end - part.start + 1);
    return reply.send(Readable.from(blobs.read(address, part), { objectMode: false }));
  });
}

/** What only this device can read, and what its trust is built on. */
export function registerTrustContent(app: ApiServer, deps: DeviceContentDeps): void {
  const { store, keys, configurations, authenticate, now } = deps;
  const configuration = declareRoute({
    operationId: 'getDeviceConfiguration',
    tags: ['device API'],
    summary: "The device's variables and credentials for a release, sealed to the device's key.",
    params: Type.Object({ digest: Digest }),
    response: { 200: SealedBox },
    problems: [...problems],
  });
  app.get('/config/:digest', { schema: configuration }, async (request, reply) => {
    const { deviceId } = await authenticate(request);
    const { digest } = request.params;
    const stored = await findConfiguration(store, deviceId, digest);
    if (stored === undefined) throw notFound('configuration');
    const bytes = await configurations.unseal(deviceId, digest, stored.sealedConfiguration);
    const context = configurationContext({ deviceId, digest });
    // Sealed anew each time: nothing to cache, and nothing that two answers have in common.
    return reply.header('cache-control', 'no-store').send(seal(stored.sealingKey, bytes, context, deps.randomBytes));
  });

  const statements = new LRUCache<string, { envelope: Promise<Envelope>; until: number }>({ max: 2_000 });
  const time = declareRoute({
    operationId: 'getSignedTime',
    tags: ['device API'],
    summary: "The server's time, signed once a minute for all devices of the organization.",
    response: { 200: Envelope },
    problems: ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'],
  });
  const signNow = async (organizationId: string): Promise<Envelope> => {
    const signer = await keys.signerOf(organizationId, 'time');
    return signTime({ organizationId, time: new Date(now()).toISOString() }, [signer]);
  };
  app.get('/time', { schema: time }, async (request, reply) => {
    const { organizationId } = await authenticate(request);
    let statement = statements.get(organizationId);
    if (statement === undefined || now() >= statement.until) {
      statement = { envelope: signNow(organizationId), until: now() + timeKeptMs };
      statements.set(organizationId, statement);
      statement.envelope.catch(() => statements.delete(organizationId));
    }
    const envelope = await statement.envelope;
    return reply.header('cache-control', 'private, max-age=30').send(envelope);
  });

  const root = declareRoute({
    operationId: 'getRoot',
    tags: ['device API'],
    summary: "A version of the organization's root of trust (TUF root.json).",
    params: Type.Object({ version: Type.Integer({ minimum: 1 }) }),
    response: { 200: Type.String() },
    problems: [...problems],
  });
  app.get('/root/:version', { schema: root }, async (request, reply) => {
    const { organizationId } = await authenticate(request);
    const text = await findRootDocument(store, organizationId);
    if (text === undefined || rootVersionOf(text) !== request.params.version) throw notFound('version of the root');
    // Its exact bytes are signed: no serializer in between.
    return reply
      .header('cache-control', immutable)
      .type('application/json')
      .serializer((body: string) => body)
      .send(text);
  });
}

function rootVersionOf(text: string): number {
  const document = JSON.parse(text) as { signed?: { version?: unknown } };
  return Number(document.signed?.version);
}
