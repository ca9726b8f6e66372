import type { Device, Group, Page } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDevice } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let devices: string[];
beforeAll(async () => {
  api = await startApi();
  devices = [];
  for (const name of ['a', 'b', 'c']) devices.push(await seedDevice(api.store, api.owner.organizationId, { name }));
});
afterAll(() => api.close());

it('when a group is made with devices, it holds them', async () => {
  const group = await api.owner.post<Group>('/groups', { name: 'presses', deviceIds: devices.slice(0, 2) });
  expect(group).toMatchObject({ name: 'presses', deviceCount: 2, version: 1 });
  const { items } = await api.owner.get<Page<Device>>(`/devices?groupId=${group.id}`);
  expect(items.map((device) => device.name).sort()).toEqual(['a', 'b']);
  expect((await api.owner.request('POST', '/groups', { name: 'presses' })).problem.code).toBe('NAME_TAKEN');
});

it('when members change, the version grows and the ledger lists the devices', async () => {
  const group = await api.owner.post<Group>('/groups', { name: 'fillers', deviceIds: [devices[0]] });
  const url = `/groups/${group.id}/members`;
  const changed = await api.owner.request('PATCH', url, { add: [devices[1], devices[2]], remove: [devices[0]] }, { 'if-match': '"1"' });
  expect([changed.status, changed.headers['etag'], (changed.body as Group).deviceCount]).toEqual([200, '"2"', 2]);
  const { items } = await api.owner.get<Page<{ action: string; entry: string }>>(`/ledger?targetKind=group&targetId=${group.id}`);
  const added = items.find((entry) => entry.action === 'group.device_added');
  expect(JSON.parse(Buffer.from(added?.entry ?? '', 'base64').toString()).after.devices).toEqual([devices[1], devices[2]].sort());
  expect((await api.owner.request('PATCH', url, { add: [] }, { 'if-match': '"1"' })).problem.code).toBe('VERSION_STALE');
  expect((await api.owner.request('PATCH', url, { remove: devices })).body as Group).toMatchObject({ deviceCount: 0 });
});

it('when a device is another organization’s, it is not found and nothing changes', async () => {
  const foreign = await seedDevice(api.store, api.stranger.organizationId, { name: 'foreign' });
  const group = await api.owner.post<Group>('/groups', { name: 'mixed' });
  const { problem } = await api.owner.request('PATCH', `/groups/${group.id}/members`, { add: [devices[0], foreign] });
  expect(problem.code).toBe('NOT_FOUND');
  expect((await api.owner.get<Group>(`/groups/${group.id}`)).deviceCount).toBe(0);
});
