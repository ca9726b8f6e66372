import type { Application, Page, Variable } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let application: Application;
beforeAll(async () => {
  api = await startApi();
  application = await api.owner.post<Application>('/applications', { name: 'line' });
});
afterAll(() => api.close());

const set = (body: object) => api.owner.request('PUT', '/variables', { scope: 'application', scopeId: application.id, ...body });

it('when a variable is set twice, it is one variable with the newer value, and the ledger has both', async () => {
  const first = (await set({ name: 'PLC_HOST', value: '10.0.0.1' })).body as Variable;
  const second = (await set({ name: 'PLC_HOST', value: '10.0.0.2', reason: 'The PLC moved.' })).body as Variable;
  expect(second).toMatchObject({ id: first.id, value: '10.0.0.2', secret: false });
  const { items } = await api.owner.get<Page<Variable>>(`/variables?scope=application&scopeId=${application.id}`);
  expect(items.filter((variable) => variable.name === 'PLC_HOST')).toEqual([second]);
  const ledger = await api.owner.get<Page<{ reason: string | null }>>(`/ledger?targetKind=variable&targetId=${first.id}`);
  expect(ledger.items.map((entry) => entry.reason)).toEqual(['The PLC moved.', null]);
});

it('when a variable is secret, its value is never shown: not in the answer, the list, the ledger or the database', async () => {
  const value = 'hunter2-of-the-broker';
  const answer = await set({ name: 'BROKER_PASSWORD', secret: true, value });
  const { id } = answer.body as Variable;
  expect(answer.body as Variable).toMatchObject({ secret: true, value: null });
  const list = await api.owner.request('GET', '/variables');
  const ledger = await api.owner.get<Page<{ entry: string }>>(`/ledger?targetKind=variable&targetId=${id}`);
  const [row] = await api.store.query<{ row: string }>('SELECT to_jsonb(v)::text AS row FROM variable v WHERE id = $1', [id]);
  const entry = Buffer.from(ledger.items[0]?.entry ?? '', 'base64').toString();
  for (const text of [answer.text, list.text, entry, row?.row]) expect(text).not.toContain(value);
  expect(JSON.parse(entry).after.value).toEqual({ digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

it('when the scope’s thing does not exist here, nothing is set', async () => {
  const foreign = await api.stranger.post<Application>('/applications', { name: 'foreign' });
  for (const [scope, scopeId] of [
    ['application', foreign.id],
    ['organization', api.stranger.organizationId],
    ['device', application.id],
    ['stage', application.id],
    ['group', application.id],
  ]) {
    expect((await set({ scope, scopeId, name: 'A', value: 'x' })).problem.code, scope).toBe('NOT_FOUND');
  }
  expect((await set({ scope: 'organization', scopeId: api.owner.organizationId, name: 'A', value: 'x' })).status).toBe(200);
});

it('when a variable is removed, it is gone, and only once', async () => {
  const { id } = (await set({ name: 'TEMPORARY', value: '1' })).body as Variable;
  expect((await api.stranger.request('DELETE', `/variables/${id}`)).problem.code).toBe('NOT_FOUND');
  expect((await api.owner.request('DELETE', `/variables/${id}`)).status).toBe(204);
  expect((await api.owner.request('DELETE', `/variables/${id}`)).problem.code).toBe('NOT_FOUND');
});

it('when a name is no name of an environment, it is refused', async () => {
  for (const name of ['1A', 'A B', 'A=B', '']) expect((await set({ name, value: 'x' })).problem.code).toBe('VALIDATION_FAILED');
});
