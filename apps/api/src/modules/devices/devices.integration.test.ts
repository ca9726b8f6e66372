import type { Device, DeviceDetail, DeviceEvent, FleetSummary, Page } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDevice, seedPromotable } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const seed = (name: string, approval: 'pending' | 'approved' = 'approved') =>
  seedDevice(api.store, api.owner.organizationId, { name, approval });

it('when devices are listed, the server filters them', async () => {
  await seed('mixer-1');
  await seed('mixer-2', 'pending');
  const names = async (query: string) => (await api.owner.get<Page<Device>>(`/devices?${query}`)).items.map((device) => device.name);
  expect(await names('search=MIXER')).toEqual(['mixer-2', 'mixer-1']);
  expect(await names('search=mixer&approval=pending')).toEqual(['mixer-2']);
  expect(await names('search=mixer&connectivity=online')).toEqual([]);
  expect(await names('search=%25')).toEqual([]);
  expect((await api.owner.request('GET', '/devices?approval=lost')).problem.code).toBe('VALIDATION_FAILED');
  const summary = await api.owner.get<FleetSummary>('/devices/summary');
  expect(summary).toMatchObject({ online: 0, pendingApproval: 1, activeRollouts: 0 });
});

it('when a device is renamed, it needs the newest version and a free name', async () => {
  const id = await seed('old-name');
  await seed('used-name');
  const read = await api.owner.request('GET', `/devices/${id}`);
  expect([read.headers['etag'], (read.body as DeviceDetail).verdict.state]).toEqual(['"1"', 'unknown']);
  const patch = (changes: object, tag: string) => api.owner.request('PATCH', `/devices/${id}`, changes, { 'if-match': tag });
  const renamed = await patch({ name: 'new-name', labels: { site: 'ulm' } }, '"1"');
  expect([renamed.status, renamed.headers['etag']]).toEqual([200, '"2"']);
  expect(renamed.body as DeviceDetail).toMatchObject({ name: 'new-name', labels: { site: 'ulm' } });
  expect((await patch({ name: 'x' }, '"1"')).problem.code).toBe('VERSION_STALE');
  expect((await patch({ name: 'used-name' }, '"2"')).problem.code).toBe('NAME_TAKEN');
  expect((await patch({ labels: { 'not a label': 'x' } }, '"2"')).problem.code).toBe('VALIDATION_FAILED');
  const { items } = await api.owner.get<Page<DeviceEvent>>(`/devices/${id}/events`);
  expect(items).toEqual([expect.objectContaining({ kind: 'person', code: 'CHANGED' })]);
  const refused = await patch({ timeZone: 'Europe/Ulm' }, '"2"');
  expect(refused.problem).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', errors: [{ pointer: '/timeZone' }] });
  expect((await patch({ timeZone: 'Europe/Vienna' }, '"2"')).body).toMatchObject({ name: 'new-name', timeZone: 'Europe/Vienna' });
  expect((await patch({ labels: {} }, '"3"')).body).toMatchObject({ timeZone: 'Europe/Vienna' });
  expect((await patch({ timeZone: null }, '"4"')).body).toMatchObject({ timeZone: null });
});

it('when a device waits, a person approves it; once revoked, it never comes back', async () => {
  const id = await seed('waiting', 'pending');
  expect((await api.owner.post<DeviceDetail>(`/devices/${id}/approve`)).approval).toBe('approved');
  const revoked = await api.owner.post<DeviceDetail>(`/devices/${id}/revoke`);
  expect(revoked).toMatchObject({ approval: 'revoked', epoch: 2 });
  expect((await api.owner.request('POST', `/devices/${id}/approve`)).problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  const { items } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=device&targetId=${id}`);
  expect(items.map((entry) => entry.action)).toEqual(['device.revoked', 'device.approved']);
});

it('when a device takes part in a rollout, its deployments are listed with both releases', async () => {
  const deviceId = await seed('deployed');
  const { release, stageId } = await seedPromotable(api.owner, { name: 'line', deviceIds: [deviceId] });
  const rollout = await api.owner.post<{ id: string }>('/rollouts', { releaseId: release.id, stageId });
  // Planning is the worker's; its row is all that is needed here.
  await api.store.transaction(async (tx) => {
    await tx.execute(`INSERT INTO wave (rollout_id, index, state, size) VALUES ($1, 0, 'pending', 1)`, [rollout.id]);
    await tx.execute(
      `INSERT INTO deployment (id, organization_id, rollout_id, device_id, wave_index, state, updated_at) VALUES ($1, $2, $3, $4, 0, 'scheduled', $5)`,
      [tx.uuid(), api.owner.organizationId, rollout.id, deviceId, tx.now],
    );
  });
  const { items } = await api.owner.get<Page<{ toRelease: object }>>(`/devices/${deviceId}/deployments`);
  expect(items).toEqual([
    expect.objectContaining({
      rolloutId: rollout.id,
      deviceName: 'deployed',
      fromRelease: null,
      toRelease: expect.objectContaining({ id: release.id }),
    }),
  ]);
});

it('when a device in a rollout is revoked, the worker is told to look', async () => {
  const deviceId = await seed('leaving');
  const { release, stageId } = await seedPromotable(api.owner, { name: 'other line', deviceIds: [deviceId] });
  const rollout = await api.owner.post<{ id: string }>('/rollouts', { releaseId: release.id, stageId });
  await api.store.transaction(async (tx) => {
    await tx.execute(`INSERT INTO wave (rollout_id, index, state, size, counts) VALUES ($1, 0, 'running', 1, '{"queued": 1}')`, [
      rollout.id,
    ]);
    await tx.execute(`UPDATE rollout SET state = 'running' WHERE id = $1`, [rollout.id]);
    await tx.execute(
      `INSERT INTO deployment (id, organization_id, rollout_id, device_id, wave_index, state, updated_at) VALUES ($1, $2, $3, $4, 0, 'queued', $5)`,
      [tx.uuid(), api.owner.organizationId, rollout.id, deviceId, tx.now],
    );
  });
  api.advanced.length = 0;
  await api.owner.post(`/devices/${deviceId}/revoke`);
  expect(api.advanced).toEqual([rollout.id]);
});
