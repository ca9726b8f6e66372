import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiOperation, fillPath, listOperations } from './testing/operations.ts';
import { type ApiUnderTest, startApi } from './testing/start-api.ts';

let api: ApiUnderTest;
let consoleFolder: string;
let operations: ApiOperation[];
const someId = '01935b6e-8f00-7000-8000-00000000ffff';

beforeAll(async () => {
  consoleFolder = await mkdtemp(join(tmpdir(), 'sluice-console-'));
  await mkdir(join(consoleFolder, 'assets'));
  await writeFile(join(consoleFolder, 'index.html'), '<title>Sluice</title>');
  await writeFile(join(consoleFolder, 'assets', 'index-abc123.js'), 'export {};');
  await writeFile(join(consoleFolder, 'favicon.svg'), '<svg/>');
  api = await startApi({ consoleFolder });
  operations = (await listOperations(api)).filter(({ path }) => path.startsWith('/api/v1/organizations/{organizationId}'));
});
afterAll(async () => {
  await api.close();
  await rm(consoleFolder, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) => api.app.inject({ url, headers });
const applications = (): string => `/api/v1/organizations/${api.owner.organizationId}/applications`;

async function countLedgerEntries(): Promise<number> {
  const [row] = await api.store.query<{ count: number }>('SELECT count(*)::int AS count FROM ledger_entry');
  return row?.count ?? -1;
}

it('when a body has a property that nobody knows, every operation refuses it, points at it, and nothing is written', async () => {
  const before = await countLedgerEntries();
  const withBody = operations.filter(({ hasBody }) => hasBody);
  expect(withBody.length).toBeGreaterThan(50);
  for (const { method, path, operationId } of withBody) {
    const url = fillPath(path, { organizationId: api.owner.organizationId }, someId);
    const { problem } = await api.owner.request(method, url, { surprise: 1 }, { 'if-match': '"1"' });
    expect(problem, operationId).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    expect(problem.errors, operationId).toContainEqual(expect.objectContaining({ pointer: '/surprise' }));
  }
  expect(await countLedgerEntries()).toBe(before);
});

it('when a cursor was not given out by the list, every list says so', async () => {
  const lists = operations.filter(({ isPaged }) => isPaged);
  expect(lists.length).toBeGreaterThan(20);
  for (const { path, operationId } of lists) {
    const { problem } = await api.owner.request(
      'GET',
      `${fillPath(path, { organizationId: api.owner.organizationId }, someId)}?cursor=nonsense`,
    );
    expect(['CURSOR_INVALID', 'NOT_FOUND'], operationId).toContain(problem.code);
    // Lists of the whole organization have nothing else that could be wrong.
    if (path.lastIndexOf('{') === path.indexOf('{')) expect(problem.code, operationId).toBe('CURSOR_INVALID');
  }
});

it.each([
  ['is not JSON', '{', 'application/json', 400, 'BAD_REQUEST'],
  ['is empty', '', 'application/json', 400, 'BAD_REQUEST'],
  ['poisons the prototype', '{"__proto__":{"a":1},"name":"x"}', 'application/json', 400, 'BAD_REQUEST'],
  ['is of another type', 'name=x', 'application/x-www-form-urlencoded', 415, 'MEDIA_TYPE_UNSUPPORTED'],
  ['is too large', `{"name":"${'x'.repeat(1024 * 1024)}"}`, 'application/json', 413, 'BODY_TOO_LARGE'],
  ['holds half a surrogate pair', '{"name":"x","description":"\\ud800"}', 'application/json', 400, 'VALIDATION_FAILED'],
])('when a body %s, the answer says so', async (_what, payload, type, status, code) => {
  const response = await api.app.inject({
    method: 'POST',
    url: applications(),
    payload,
    headers: { ...api.owner.headers, 'content-type': type },
  });
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.json()).toMatchObject({
    status,
    code,
    type: `urn:sluice:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    traceId: expect.any(String),
  });
});

it('when an address does not exist, or not with this method, the answer says which', async () => {
  expect((await get('/api/v1/nothing')).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect((await get('/device/v1/nothing')).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  const wrongMethod = await api.app.inject({ method: 'DELETE', url: applications() });
  expect(wrongMethod.json()).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  expect(wrongMethod.headers['allow']).toBe('GET, HEAD, POST');
  expect((await get('/api/v1/%zz')).json()).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
});

it('when a change needs If-Match, it is required, must be a tag of ours and the newest one', async () => {
  const url = `/devices/${someId}`;
  expect((await api.owner.request('PATCH', url, { name: 'x' })).problem).toMatchObject({ status: 428, code: 'PRECONDITION_REQUIRED' });
  expect((await api.owner.request('PATCH', url, { name: 'x' }, { 'if-match': 'x' })).problem).toMatchObject({
    status: 400,
    code: 'BAD_REQUEST',
  });
});

it('when the process is asked how it is, it tells, without signing in', async () => {
  expect((await get('/healthz')).json()).toEqual({ status: 'ok' });
  expect((await get('/readyz')).json()).toEqual({ status: 'ok' });
  const metrics = await get('/metrics');
  expect(metrics.headers['content-type']).toContain('text/plain');
  expect(metrics.body).toMatch(/sluice_http_requests_total\{method="POST",route="\/api\/v1\/sessions",status="201"\} \d+/);
  expect(metrics.body).toContain('sluice_http_request_duration_seconds_bucket{route="/api/v1/sessions",le="+Inf"}');
});

it('when the API answers, browsers are told to be careful', async () => {
  const { headers } = await get('/api/v1/me');
  expect(headers['content-security-policy']).toContain("default-src 'self'");
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
});

it('when a browser opens the console, every address that is not the API’s is its page', async () => {
  for (const url of ['/', '/devices', '/rollouts/123?tab=waves', '/sign-in/link']) {
    const page = await get(url);
    expect([url, page.statusCode, page.body]).toEqual([url, 200, '<title>Sluice</title>']);
    expect(page.headers['cache-control']).toBe('no-cache');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  }
  const script = await get('/assets/index-abc123.js');
  expect([script.statusCode, script.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  expect((await get('/favicon.svg')).headers['content-type']).toContain('image/svg+xml');
});

it('when a file of the console does not exist or lies outside its folder, it is not found', async () => {
  for (const url of ['/assets/index-other.js', '/assets/..%2f..%2fetc%2fpasswd', '/assets/%00', '/api', '/device/v1/x/y']) {
    const response = await get(url);
    expect([url, response.json().status >= 400 && response.json().status < 500]).toEqual([url, true]);
  }
});
