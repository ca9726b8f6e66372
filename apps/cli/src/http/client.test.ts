import { seededRandom } from '@sluice/platform/testing';
import { describe, expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer, problem } from '../testing/fake-control-plane.ts';
import { instantClock } from '../testing/run.ts';
import { createHttp } from './client.ts';
import { listUpTo } from './paging.ts';

function httpOf(answers: Record<string, FakeAnswer | FakeAnswer[]>) {
  const { fetch, seen } = createFakeControlPlane(answers);
  const ports = { fetch, clock: instantClock(), random: seededRandom(1), signal: new AbortController().signal };
  const options = { url: 'https://x', headers: { authorization: 'Bearer t' }, timeoutMs: 1_000 };
  return { http: createHttp(ports, options), seen, ports, options };
}

describe('createHttp', () => {
  it('when a read reaches nobody, it is tried again', async () => {
    const { http, seen } = httpOf({ 'GET /a': ['unreachable', 'unreachable', { body: { ok: true } }] });
    expect(await http.get('/a')).toEqual({ ok: true });
    expect(seen).toHaveLength(3);
  });

  it('when nobody is ever reached, it ends and says why', async () => {
    const { http, seen } = httpOf({ 'GET /a': 'unreachable' });
    await expect(http.get('/a')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      exitCode: 1,
      message: 'https://x cannot be reached (ECONNREFUSED).',
    });
    expect(seen).toHaveLength(4);
  });

  it('when a change reaches nobody, it is not repeated', async () => {
    const { http, seen } = httpOf({ 'POST /a': 'unreachable' });
    await expect(http.post('/a', {})).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(seen).toHaveLength(1);
  });

  it('when the answer is a problem, it is not repeated', async () => {
    const { http, seen } = httpOf({ 'GET /a': { status: 503, body: problem(503, 'UNAVAILABLE', 'later') } });
    await expect(http.get('/a')).rejects.toMatchObject({ code: 'UNAVAILABLE', traceId: 'trace-1' });
    expect(seen).toHaveLength(1);
  });

  it('when changes are sent, each has an idempotency key of its own, and reads have none', async () => {
    const { http, seen } = httpOf({ 'POST /a': { body: {} }, 'GET /a': { body: {} } });
    await http.post('/a', { x: 1 });
    await http.post('/a', { x: 1 });
    await http.get('/a');
    const keys = seen.map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBeNull();
    expect(seen[0]?.headers.get('authorization')).toBe('Bearer t');
  });

  it('when the answer is a redirect, it is not followed', async () => {
    const { http, seen } = httpOf({ 'GET /a': { status: 302, headers: { location: 'https://evil.example/' } } });
    await expect(http.get('/a')).rejects.toMatchObject({ code: 'REDIRECTED' });
    expect(seen.map(({ redirect }) => redirect)).toEqual(['manual']);
  });

  it('when something else answers, it says that this is no control plane', async () => {
    const fetch = async () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
    const { ports, options } = httpOf({});
    await expect(createHttp({ ...ports, fetch }, options).get('/a')).rejects.toMatchObject({ code: 'NOT_SLUICE', exitCode: 1 });
  });

  it('when no answer comes in time, it ends; a change says that it may have been carried out', async () => {
    const fetch: typeof globalThis.fetch = (_input, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const { ports, options } = httpOf({});
    const http = createHttp({ ...ports, fetch }, { ...options, timeoutMs: 5 });
    await expect(http.get('/a')).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(http.post('/a')).rejects.toMatchObject({ code: 'TIMEOUT', hint: expect.stringContaining('may have been carried out') });
  });
});

it.each([
  [400, 'VALIDATION_FAILED', 2],
  [401, 'UNAUTHENTICATED', 4],
  [403, 'FORBIDDEN', 4],
  [404, 'NOT_FOUND', 5],
  [409, 'NAME_TAKEN', 6],
  [412, 'VERSION_STALE', 6],
  [422, 'FLOWS_MALFORMED', 1],
  [500, 'INTERNAL', 1],
] as const)('when the answer is %i, the exit code says of which kind it is', async (status, code, exitCode) => {
  const { http } = httpOf({ 'GET /a': { status, body: problem(status, code, 'what happened') } });
  await expect(http.get('/a')).rejects.toMatchObject({ code, exitCode, message: 'what happened' });
});

it('when a list has pages, they are read as far as needed and no further', async () => {
  const page = (items: number[], nextCursor: string | null): FakeAnswer => ({ body: { items, nextCursor } });
  const { http, seen } = httpOf({ 'GET /list': [page([1, 2], 'c1'), page([3, 4], 'c2'), page([5], null)] });
  expect(await listUpTo(http, '/list', { q: 'x y' }, 4)).toEqual({ items: [1, 2, 3, 4], more: true });
  expect(seen.map(({ path }) => path)).toEqual(['/list?q=x+y&limit=4', '/list?q=x+y&limit=2&cursor=c1']);
});
