import type { Application, OrganizationSealingKey, Page, Snapshot, SnapshotPreview } from '@sluice/contracts';
import { credentialsContext, seal } from '@sluice/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flows } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let base: string;
let sealed: (credentials: object) => object;
beforeAll(async () => {
  api = await startApi();
  const { id: applicationId } = await api.owner.post<Application>('/applications', { name: 'line' });
  base = `/applications/${applicationId}/snapshots`;
  const { publicKey } = await api.owner.get<OrganizationSealingKey>('/sealing-key');
  const aad = credentialsContext({ organizationId: api.owner.organizationId, applicationId });
  sealed = (credentials) => seal(publicKey, Buffer.from(JSON.stringify(credentials)), aad);
});
afterAll(() => api.close());

const preview = (body: object) => api.owner.post<SnapshotPreview>(`${base}/preview`, body);

it('when a snapshot is previewed, it is compared with the newest one and nothing is kept', async () => {
  const first = await preview({ flows, sealedCredentials: sealed({ n1: { password: 'a' } }) });
  expect(first).toMatchObject({ last: null, isSame: false, credentialsChanged: true });
  expect(first.diff.counts.nodes.added).toBeGreaterThan(0);
  expect((await api.owner.get<Page<Snapshot>>(base)).items).toEqual([]);

  const settings = { mqttReconnectTime: 500 };
  const variables = [{ name: 'PLC_HOST', required: true, secret: false, default: 'plc.local' }];
  const content = { flows, settings, variables, sealedCredentials: sealed({ n1: { password: 'a', user: 'b' } }) };
  const kept = await api.owner.post<Snapshot>(base, content);
  expect(await preview({ ...content, sealedCredentials: sealed({ n1: { user: 'b', password: 'a' } }) })).toMatchObject({
    digest: kept.digest,
    last: { id: kept.id },
    isSame: true,
    credentialsChanged: false,
    diff: { class: null, sections: [] },
  });
  expect(await preview({ ...content, sealedCredentials: sealed({ n1: { password: 'other' } }) })).toMatchObject({
    isSame: false,
    credentialsChanged: true,
    diff: { class: null },
  });

  // Who knows flows only, goes on with what was declared.
  const { sealedCredentials } = content;
  expect((await preview({ flows, sealedCredentials })).diff.class).toBe('settings');
  expect(await preview({ flows, sealedCredentials, keepDeclarations: true })).toMatchObject({ digest: kept.digest, isSame: true });
  const next = await api.owner.post<Snapshot>(base, { flows, sealedCredentials, keepDeclarations: true });
  expect([next.number, next.digest, next.variables]).toEqual([2, kept.digest, variables]);
});

it('when only one side has a lock, its modules are not told as changes', async () => {
  const dependencies = { 'node-red': '5.0.7' };
  const lock = { lockfileVersion: 3, packages: { '': { dependencies }, 'node_modules/node-red': { version: '5.0.7' } } };
  const { diff } = await preview({ flows, package: { dependencies }, lock, keepDeclarations: true });
  expect([diff.modules, diff.runtime.nodeRed]).toEqual([[], null]);
});

it('when somebody may not create snapshots, or the content cannot become one, there is no preview', async () => {
  const viewer = await api.caller('viewer');
  expect((await viewer.request('POST', `${base}/preview`, { flows })).problem.code).toBe('FORBIDDEN');
  const foreign = await api.stranger.post<Application>('/applications', { name: 'foreign' });
  const elsewhere = `/applications/${foreign.id}/snapshots/preview`;
  expect((await api.owner.request('POST', elsewhere, { flows })).problem.code).toBe('NOT_FOUND');
  expect((await api.owner.request('POST', `${base}/preview`, { flows: '[{' })).problem).toMatchObject({
    status: 422,
    code: 'FLOWS_MALFORMED',
  });
  const odd = [{ id: 'a', type: 'comment', info: 'nul \u0000 and half \ud800' }];
  expect((await preview({ flows: odd })).last?.number).toBe(2);
});
