import type { Application, OrganizationSealingKey, Page, Snapshot, SnapshotContent } from '@sluice/contracts';
import { openSecret } from '@sluice/platform';
import { encryptCredentials, flowsRevision } from '@sluice/snapshot';
import { getSnapshotSource } from '@sluice/store';
import { credentialsContext, seal } from '@sluice/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flows } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let base: string;
beforeAll(async () => {
  api = await startApi();
  base = `/applications/${(await api.owner.post<Application>('/applications', { name: 'line' })).id}/snapshots`;
});
afterAll(() => api.close());

async function refusal(body: object): Promise<{ status: number; code: string; pointer: string | undefined; written: boolean }> {
  const count = async (): Promise<number> => (await api.owner.get<Page<Snapshot>>(`${base}?limit=200`)).items.length;
  const before = await count();
  const { problem } = await api.owner.request('POST', base, body);
  return { status: problem.status, code: problem.code, pointer: problem.errors?.[0]?.pointer, written: (await count()) !== before };
}

it('when flows are captured, they come back unchanged with the variables they use, and the ledger knows', async () => {
  const snapshot = await api.owner.post<Snapshot>(base, { flows, message: 'first' });
  expect(snapshot).toMatchObject({
    number: 1,
    message: 'first',
    nodeCount: 2,
    flowCount: 1,
    runtimeVersion: '5.0.7',
    hasLock: false,
    hasCredentials: false,
  });
  expect(snapshot.variables).toEqual([{ name: 'PLC_HOST', required: true, secret: false }]);
  const content = await api.owner.get<SnapshotContent>(`/snapshots/${snapshot.id}`);
  expect(content.flows).toEqual(flows);
  const source = await getSnapshotSource(api.store, api.owner.organizationId, snapshot.id);
  expect(source.flowsRevision).toBe(flowsRevision(flows));
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=snapshot&targetId=${snapshot.id}`);
  expect(items.map((entry) => entry.action)).toEqual(['snapshot.created']);
});

it('when snapshots follow each other, they are numbered, and the same content has the same digest', async () => {
  const first = await api.owner.post<Snapshot>(base, { flows });
  const second = await api.owner.post<Snapshot>(base, { flows: JSON.stringify(flows) });
  expect(second.number).toBe(first.number + 1);
  expect(second.digest).toBe(first.digest);
});

it('when credentials come along, they are stored sealed and never given back', async () => {
  const plain = { n1: { password: 'hunter2-of-the-plc' } };
  const credentials = encryptCredentials(plain, 'the secret', new Uint8Array(16).fill(5));
  const answer = await api.owner.request('POST', base, { flows, credentials, credentialSecret: 'the secret' });
  const snapshot = answer.body as Snapshot;
  expect(snapshot.hasCredentials).toBe(true);
  const read = await api.owner.request('GET', `/snapshots/${snapshot.id}`);
  for (const text of [answer.text, read.text]) expect(text).not.toMatch(/hunter2|the secret/);
  const { sealedCredentials } = await getSnapshotSource(api.store, api.owner.organizationId, snapshot.id);
  const opened = openSecret(api.deps.keys['secret-encryption'], sealedCredentials ?? Buffer.alloc(0), `snapshot/${snapshot.id}`);
  expect(JSON.parse(opened.toString())).toEqual(plain);
  expect(sealedCredentials?.toString('latin1')).not.toContain('hunter2');
});

it('when credentials come sealed, they open for this application alone', async () => {
  const plain = { n1: { password: 'hunter2-of-the-plc' } };
  const { organizationId } = api.owner;
  const applicationId = base.split('/')[2] ?? '';
  const viewer = await api.caller('viewer');
  const { publicKey } = await viewer.get<OrganizationSealingKey>('/sealing-key');
  expect((await api.stranger.get<OrganizationSealingKey>('/sealing-key')).publicKey).not.toBe(publicKey);
  const sealedFor = (target: { organizationId: string; applicationId: string }) =>
    seal(publicKey, Buffer.from(JSON.stringify(plain)), credentialsContext(target));
  const snapshot = await api.owner.post<Snapshot>(base, { flows, sealedCredentials: sealedFor({ organizationId, applicationId }) });
  expect(snapshot.hasCredentials).toBe(true);
  const { sealedCredentials } = await getSnapshotSource(api.store, organizationId, snapshot.id);
  const opened = openSecret(api.deps.keys['secret-encryption'], sealedCredentials ?? Buffer.alloc(0), `snapshot/${snapshot.id}`);
  expect(JSON.parse(opened.toString())).toEqual(plain);

  const elsewhere = sealedFor({ organizationId, applicationId: api.stranger.organizationId });
  const unreadable = { status: 422, code: 'CREDENTIALS_UNREADABLE', pointer: '/sealedCredentials', written: false };
  expect(await refusal({ flows, sealedCredentials: elsewhere })).toEqual(unreadable);
  const both = { flows, credentials: plain, sealedCredentials: sealedFor({ organizationId, applicationId }) };
  expect(await refusal(both)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', written: false });
});

it.each([
  ['are no JSON', { flows: '[{' }, 422, 'FLOWS_MALFORMED'],
  ['hold no nodes', { flows: { version: 1 } }, 422, 'FLOWS_MALFORMED'],
  ['have a node without a type', { flows: [{ id: 'a' }] }, 422, 'FLOWS_MALFORMED'],
  ['poison the prototype', { flows: '[{"id":"a","type":"b","__proto__":{"x":1}}]' }, 422, 'FLOWS_MALFORMED'],
  [
    'have too many nodes',
    { flows: Array.from({ length: 20_001 }, (_, index) => ({ id: `n${index}`, type: 'x' })) },
    413,
    'FLOWS_TOO_LARGE',
  ],
  [
    'come with a wrong secret',
    { flows, credentials: { $: `${'0'.repeat(32)}AAAA` }, credentialSecret: 'no' },
    422,
    'CREDENTIALS_UNREADABLE',
  ],
  ['come with a module from elsewhere', { flows, package: { dependencies: { x: 'git+ssh://host/x' } } }, 422, 'PACKAGE_MALFORMED'],
  ['come with an old lock', { flows, lock: { lockfileVersion: 1 } }, 422, 'LOCK_MALFORMED'],
  [
    'come with the lock of another package.json',
    {
      flows,
      package: { dependencies: { x: '1.0.0' } },
      lock: { lockfileVersion: 3, packages: { '': { dependencies: { x: '2.0.0' } }, 'node_modules/x': { version: '2.0.0' } } },
    },
    422,
    'LOCK_MISMATCH',
  ],
  ['come with a setting of the agent', { flows, settings: { httpAdminRoot: '/' } }, 400, 'VALIDATION_FAILED'],
  ['come with a message that no database keeps', { flows, message: 'half \ud800' }, 400, 'VALIDATION_FAILED'],
  [
    'come with a variable that no environment can hold',
    { flows, variables: [{ name: 'A-B', required: true, secret: false }] },
    400,
    'VALIDATION_FAILED',
  ],
])('when flows %s, the answer says so and nothing is kept', async (_what, body, status, code) => {
  expect(await refusal(body)).toMatchObject({ status, code, written: false });
});

it('when a node is malformed, the answer points at it', async () => {
  expect((await refusal({ flows: [{ id: 'a', type: 'tab' }, { id: 'b' }] })).pointer).toBe('/1/type');
});

it('when the flows are over the limit, the answer says so before anything is read', async () => {
  const over25 = JSON.stringify([{ id: 'a', type: 'x', text: 'y'.repeat(25 * 1024 * 1024) }]);
  expect(await refusal({ flows: over25 })).toMatchObject({ status: 413, code: 'FLOWS_TOO_LARGE' });
  expect(await refusal({ flows: 'y'.repeat(33 * 1024 * 1024) })).toMatchObject({ status: 413, code: 'FLOWS_TOO_LARGE' });
}, 60_000);

it('when flows hold odd text, it survives: it is data of the application', async () => {
  const odd = [{ id: 'a', type: 'comment', info: 'nul \u0000 and half \ud800 and 😀' }];
  const snapshot = await api.owner.post<Snapshot>(base, { flows: odd });
  expect((await api.owner.get<SnapshotContent>(`/snapshots/${snapshot.id}`)).flows).toHaveLength(1);
});

it('when the same request comes again with its key, the answer is the same and nothing is captured twice', async () => {
  const key = { 'idempotency-key': 'capture-1' };
  const first = await api.owner.request('POST', base, { flows, message: 'once' }, key);
  const again = await api.owner.request('POST', base, { flows, message: 'once' }, key);
  expect([again.status, again.body]).toEqual([201, first.body]);
  const other = await api.owner.request('POST', base, { flows, message: 'twice' }, key);
  expect(other.problem).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' });
  // A key belongs to whoever sent it.
  const operator = await api.caller('operator');
  expect((await operator.request('POST', base, { flows, message: 'twice' }, key)).status).toBe(201);
});

it('when two requests with one key come at once, one snapshot is captured', async () => {
  const ask = () => api.owner.request('POST', base, { flows, message: 'race' }, { 'idempotency-key': 'race-1' });
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(new Set(answers.map((answer) => (answer.body as Snapshot).id)).size).toBe(1);
});

it('when the application does not exist here, nothing is captured', async () => {
  const foreign = await api.stranger.post<Application>('/applications', { name: 'foreign' });
  expect((await api.owner.request('POST', `/applications/${foreign.id}/snapshots`, { flows })).problem.code).toBe('NOT_FOUND');
});
