import type { Application, EncryptionKeys, Page, Pipeline, ResolvedVariables, Variable } from '@sluice/contracts';
import { ALL_AT_ONCE, seedDevices } from '@sluice/testkit';
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

it('when a variable is set to the value that it has, nothing changes; every change has the next revision', async () => {
  const first = (await set({ name: 'SAME', value: '1' })).body as Variable;
  expect(await set({ name: 'SAME', value: '1' })).toMatchObject({ body: first });
  const ledger = await api.owner.get<Page<unknown>>(`/ledger?targetKind=variable&targetId=${first.id}`);
  expect(ledger.items).toHaveLength(1);
  expect((await set({ name: 'SAME', value: '2' })).body).toMatchObject({ id: first.id, revision: first.revision + 1 });
  const secret = (await set({ name: 'SAME', value: '2', secret: true })).body;
  expect(secret).toMatchObject({ secret: true, value: null, revision: first.revision + 2 });
});

it('when the variables of a stage or a device are resolved, each names its layer, and secrets stay hidden', async () => {
  const group = await api.owner.post<{ id: string }>('/groups', { name: 'resolved' });
  const pipeline = await api.owner.post<Pipeline>(`/applications/${application.id}/pipelines`, {
    name: 'resolved',
    stages: [{ name: 'only', groupIds: [group.id], policy: ALL_AT_ONCE }],
  });
  const stageId = pipeline.stages[0]?.id ?? '';
  const { ids } = await seedDevices(api.store, { id: api.owner.organizationId }, { count: 3, prefix: 'resolved', groupIds: [group.id] });
  await set({ name: 'HOST', value: 'wide' });
  await set({ name: 'KEY', value: 'hunter2', secret: true });
  const own = (await set({ scope: 'device', scopeId: ids[0], name: 'HOST', value: 'own' })).body as Variable;
  const of = async (path: string) => {
    const { revision, variables, ...rest } = await api.owner.get<ResolvedVariables>(path);
    const seen = variables.filter(({ name }) => ['HOST', 'KEY'].includes(name));
    return { revision, rest, seen: seen.map(({ name, scope, value, devices }) => [name, scope, value, devices]) };
  };
  expect(await of(`/stages/${stageId}/variables`)).toEqual({
    revision: own.revision,
    rest: { devices: 3, deviceRevision: null, warnings: [] },
    seen: [
      ['HOST', 'application', 'wide', 2],
      ['HOST', 'device', null, 1],
      ['KEY', 'application', null, 3],
    ],
  });
  expect((await of(`/stages/${stageId}/variables?revision=${own.revision - 1}`)).seen[0]).toEqual(['HOST', 'application', 'wide', 3]);
  // It was told nothing yet, so no stage and no application says anything to it.
  expect((await of(`/devices/${ids[0]}/variables`)).seen).toEqual([['HOST', 'device', 'own', 1]]);
  for (const path of [`/stages/${stageId}`, `/devices/${ids[0]}`]) {
    expect((await api.stranger.request('GET', `${path}/variables`)).problem.code).toBe('NOT_FOUND');
  }
});

it('when an owner rotates the key, secrets go on being readable, and nobody else may rotate', async () => {
  await set({ name: 'BEFORE', value: 'plain before' });
  const rotate = () => api.owner.request('POST', '/encryption-keys', { reason: 'Somebody left.' }, { 'idempotency-key': 'rotate-once' });
  const first = await rotate();
  expect(first).toMatchObject({ status: 201, body: { keys: [{ number: 1, state: 'active' }], isDone: false } });
  expect((await rotate()).body).toMatchObject({ keys: [{ number: 1 }] });
  const after = (await set({ name: 'AFTER', value: 'sealed with a key' })).body as Variable;
  expect(after.value).toBe('sealed with a key');
  const { items } = await api.owner.get<Page<Variable>>('/variables?limit=100');
  expect(items.find(({ name }) => name === 'BEFORE')?.value).toBe('plain before');
  const progress = await api.owner.get<EncryptionKeys>('/encryption-keys');
  expect(progress.keys[0]?.secrets).toBe(1);
  expect(progress.remaining).toBe(progress.secrets - 1);
  const ledger = await api.owner.get<Page<{ action: string; reason: string | null }>>('/ledger?targetKind=encryption_key');
  expect(ledger.items).toMatchObject([{ action: 'encryption_key.created', reason: 'Somebody left.' }]);
  expect((await api.stranger.get<EncryptionKeys>('/encryption-keys')).keys).toEqual([]);
  const operator = await api.caller('operator');
  for (const method of ['GET', 'POST'] as const) {
    const body = method === 'POST' ? {} : undefined;
    expect((await operator.request(method, '/encryption-keys', body)).problem.code).toBe('FORBIDDEN');
  }
});
