import type { CreatedApiToken } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { issueApiToken } from './authentication/api-token.ts';
import { type ApiOperation, fillPath, listOperations } from './testing/operations.ts';
import { type ApiUnderTest, type Caller, createCaller, startApi } from './testing/start-api.ts';

let api: ApiUnderTest;
let operations: ApiOperation[];
let viewer: Caller;
let operator: Caller;
const someId = '01935b6e-8f00-7000-8000-00000000ffff';

beforeAll(async () => {
  api = await startApi();
  const all = await listOperations(api);
  operations = all.filter(({ path }) => path.startsWith('/api/v1/organizations/{organizationId}'));
  viewer = await api.caller('viewer');
  operator = await api.caller('operator');
});
afterAll(() => api.close());

const urlOf = ({ path }: ApiOperation): string => fillPath(path, { organizationId: api.owner.organizationId }, someId);

function ask(caller: Caller, operation: ApiOperation, headers: Record<string, string> = {}) {
  return caller.request(operation.method, urlOf(operation), operation.method === 'GET' ? undefined : {}, headers);
}

it('when nobody is signed in, every operation of an organization answers 401', async () => {
  const nobody = createCaller(api.app, api.owner.organizationId, {});
  expect(operations.length).toBeGreaterThan(35);
  for (const operation of operations) {
    expect((await ask(nobody, operation)).problem, operation.operationId).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  }
});

it('when somebody belongs to another organization, everything here does not exist for them', async () => {
  for (const operation of operations) {
    expect((await ask(api.stranger, operation)).problem, operation.operationId).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  }
});

it('when somebody uses ids of another organization below their own, those do not exist either', async () => {
  const device = await api.owner.request('GET', `/api/v1/organizations/${api.owner.organizationId}/devices/${someId}`);
  expect(device.problem.code).toBe('NOT_FOUND');
  const application = await api.owner.post<{ id: string }>('/applications', { name: 'ours' });
  for (const path of [
    `/applications/${application.id}`,
    `/applications/${application.id}/snapshots`,
    `/applications/${application.id}/releases`,
  ]) {
    expect((await api.stranger.request('GET', path)).problem.code, path).toBe('NOT_FOUND');
    expect((await api.owner.request('GET', path)).status, path).toBe(200);
  }
});

it('when a viewer wants to change something, it is forbidden; when they read, it is not', async () => {
  const ownersOnly = new Set(['listTokens', 'listEncryptionKeys']);
  const operatorsOnly = new Set([
    ...['listEnrollmentCodes', 'listLogRequests', 'getLogRequest'],
    ...['listWebhooks', 'getWebhook', 'listWebhookDeliveries', 'getWebhookDelivery'],
  ]);
  for (const operation of operations.filter(({ operationId }) => operationId !== 'streamEvents')) {
    const { status, text } = await ask(viewer, operation);
    const isRead = operation.method === 'GET' && !ownersOnly.has(operation.operationId) && !operatorsOnly.has(operation.operationId);
    if (isRead) expect([200, 404], `${operation.operationId} ${text}`).toContain(status);
    // It asks with a body, and changes nothing: here the body is what it refuses.
    else if (operation.operationId === 'previewGroup') expect(status).toBe(400);
    else expect(status, operation.operationId).toBe(403);
  }
});

it('when an operator wants to manage tokens, it is forbidden', async () => {
  for (const operation of operations.filter(({ path }) => path.includes('/tokens'))) {
    expect((await ask(operator, operation)).problem.code, operation.operationId).toBe('FORBIDDEN');
  }
});

it('when a change comes with a session from another site, it is refused, and a read is not', async () => {
  const evil = { origin: 'https://evil.example' };
  for (const operation of operations.filter(({ method }) => method !== 'GET')) {
    expect((await ask(api.owner, operation, evil)).problem.code, operation.operationId).toBe('CROSS_SITE_REQUEST');
  }
  const fetchMetadata = { 'sec-fetch-site': 'cross-site' };
  expect((await api.owner.request('POST', '/applications', { name: 'x' }, fetchMetadata)).problem.code).toBe('CROSS_SITE_REQUEST');
  expect((await api.owner.request('GET', '/applications', undefined, evil)).status).toBe(200);
});

it('when an API token comes from another site, it is no matter: no browser sends it by itself', async () => {
  expect((await operator.request('POST', '/applications', { name: 'by token' }, { origin: 'https://evil.example' })).status).toBe(201);
});

it.each(['Bearer', 'Bearer x', 'Basic b3duZXI6', 'Bearer a.b.c', `Bearer ${'x'.repeat(5000)}`])(
  'when the authorization is %.20s, it is refused even with a good session beside it',
  async (authorization) => {
    const answer = await api.owner.request('GET', '/applications', undefined, { authorization });
    expect(answer.problem).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  },
);

it('when a token is revoked, it stops working at once, and the ledger says who revoked it', async () => {
  const { id, token } = await api.owner.post<CreatedApiToken>('/tokens', { name: 'to revoke', role: 'viewer' });
  const caller = createCaller(api.app, api.owner.organizationId, { authorization: `Bearer ${token}` });
  expect((await caller.request('GET', '/applications')).status).toBe(200);
  expect((await api.owner.request('DELETE', `/tokens/${id}`)).status).toBe(204);
  expect((await caller.request('GET', '/applications')).problem.code).toBe('TOKEN_REVOKED');
  const ledger = await api.owner.get<{ items: { action: string; actor: string }[] }>(`/ledger?targetKind=token&targetId=${id}`);
  expect(ledger.items.map((entry) => entry.action)).toEqual(['token.revoked', 'token.created']);
});

it('when a token has expired, the answer says so', async () => {
  const { token } = await api.owner.post<CreatedApiToken>('/tokens', { name: 'short', role: 'viewer', expiresInDays: 1 });
  const caller = createCaller(api.app, api.owner.organizationId, { authorization: `Bearer ${token}` });
  expect((await caller.request('GET', '/applications')).status).toBe(200);
  api.clock.jump(25 * 60 * 60 * 1000);
  expect((await caller.request('GET', '/applications')).problem.code).toBe('TOKEN_EXPIRED');
  api.clock.jump(-25 * 60 * 60 * 1000);
});

it('when a token was signed with our key for an id nobody issued, or for another organization, it is refused', async () => {
  const { id } = await api.owner.post<CreatedApiToken>('/tokens', { name: 'forged', role: 'owner' });
  const key = api.deps.keys['jwt-api'];
  const forged = [
    issueApiToken(key, { tokenId: someId, organizationId: api.owner.organizationId, expiresAt: null }, api.clock),
    issueApiToken(key, { tokenId: id, organizationId: api.stranger.organizationId, expiresAt: null }, api.clock),
  ];
  for (const token of forged) {
    const caller = createCaller(api.app, api.owner.organizationId, { authorization: `Bearer ${token}` });
    expect((await caller.request('GET', '/applications')).problem.code).toBe('TOKEN_REVOKED');
  }
});

it('when an API token asks for another organization to be made, it is forbidden', async () => {
  const owner = await api.caller('owner');
  expect((await owner.request('POST', '/api/v1/organizations', { name: 'Three' })).problem.code).toBe('FORBIDDEN');
});
