import type { Device, Group, GroupPreview, Page, Rollout } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDevice, seedPromotable } from '../../testing/seed.ts';
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

/** Four presses: three in Ulm, of which one is retired, and one in Graz. */
async function seedPresses(prefix: string): Promise<string[]> {
  const labels = [{ site: `${prefix}-ulm` }, { site: `${prefix}-ulm` }, { site: `${prefix}-ulm`, retired: '' }, { site: `${prefix}-graz` }];
  const ids: string[] = [];
  for (const [index, of] of labels.entries()) {
    const id = await seedDevice(api.store, api.owner.organizationId, { name: `${prefix} press ${index}` });
    await api.owner.request('PATCH', `/devices/${id}`, { labels: of }, { 'if-match': '*' });
    ids.push(id);
  }
  return ids;
}

it('when a group has a selector, its members follow labels at once, everywhere, and a rollout takes who they are when it is planned', async () => {
  const [first = '', second = '', retired = '', graz = ''] = await seedPresses('dynamic');
  const selector = 'site=dynamic-ulm,!retired,@approval=approved';
  const group = await api.owner.post<Group>('/groups', { name: 'presses in Ulm', selector: ` ${selector} ` });
  expect(group).toMatchObject({ selector, deviceCount: 2, version: 1 });

  await api.owner.request('PATCH', `/devices/${graz}`, { labels: { site: 'dynamic-ulm' } }, { 'if-match': '*' });
  await api.owner.request('PATCH', `/devices/${first}`, { labels: { site: 'dynamic-graz' } }, { 'if-match': '*' });
  expect((await api.owner.get<Group>(`/groups/${group.id}`)).deviceCount).toBe(2);
  const page = await api.owner.get<Page<Device>>(`/groups/${group.id}/devices?limit=1`);
  const next = await api.owner.get<Page<Device>>(`/groups/${group.id}/devices?limit=1&cursor=${page.nextCursor}`);
  expect([...page.items, ...next.items].map(({ id }) => id)).toEqual([graz, second]);
  expect(next.nextCursor).toBeNull();
  expect((await api.owner.get<Device>(`/devices/${graz}`)).groupIds).toEqual([group.id]);
  expect((await api.owner.get<Device>(`/devices/${retired}`)).groupIds).toEqual([]);

  const { release, stageId } = await seedPromotable(api.owner, { name: 'of dynamic groups', deviceIds: [] });
  await api.owner.request('PATCH', `/stages/${stageId}`, { groupIds: [group.id] }, { 'if-match': '*' });
  expect(await api.owner.post<Rollout>('/rollouts', { releaseId: release.id, stageId })).toMatchObject({ size: 2 });
  expect((await api.owner.request('DELETE', `/groups/${group.id}`)).problem.code).toBe('STILL_REFERENCED');
});

it('when a selector is previewed for a group, it is told who would join and leave, and the change does just that', async () => {
  const [first = '', second = '', retired = '', graz = ''] = await seedPresses('preview');
  const group = await api.owner.post<Group>('/groups', { name: 'to change', deviceIds: [first, graz] });
  const selector = 'site=preview-ulm';
  const preview = await api.owner.post<GroupPreview>('/groups/preview', { selector, groupId: group.id });
  expect(preview.matching).toMatchObject({ deviceCount: 3 });
  expect(preview.joining).toMatchObject({ deviceCount: 2, devices: [{ id: second }, { id: retired, labels: { retired: '' } }] });
  expect(preview.leaving).toMatchObject({ deviceCount: 1, devices: [{ id: graz }] });
  expect(await api.owner.post<GroupPreview>('/groups/preview', { selector })).toMatchObject({ joining: null, leaving: null });
  expect(await api.stranger.post<GroupPreview>('/groups/preview', { selector })).toMatchObject({ matching: { deviceCount: 0 } });

  const change = (body: object, version: string) => api.owner.request('PATCH', `/groups/${group.id}`, body, { 'if-match': version });
  expect((await api.owner.request('PATCH', `/groups/${group.id}`, { selector })).problem.code).toBe('PRECONDITION_REQUIRED');
  expect((await change({ selector }, '"2"')).problem.code).toBe('VERSION_STALE');
  expect((await change({ selector, name: 'changed' }, '"1"')).body).toMatchObject({
    name: 'changed',
    selector,
    deviceCount: 3,
    version: 2,
  });
  // Static again: whoever belongs to it now is listed, and stays when labels change.
  expect((await change({ selector: null }, '"2"')).body).toMatchObject({ selector: null, deviceCount: 3, name: 'changed' });
  await api.owner.request('PATCH', `/devices/${first}`, { labels: {} }, { 'if-match': '*' });
  const { items } = await api.owner.get<Page<Device>>(`/groups/${group.id}/devices`);
  expect(items.map(({ id }) => id).sort()).toEqual([first, second, retired].sort());
  const { items: entries } = await api.owner.get<Page<{ action: string }>>(`/ledger?targetKind=group&targetId=${group.id}`);
  const actions = ['group.changed', 'group.device_added', 'group.changed', 'group.device_removed', 'group.device_added', 'group.created'];
  expect(entries.map(({ action }) => action)).toEqual(actions);

  expect((await api.owner.request('DELETE', `/groups/${group.id}`)).status).toBe(204);
  expect((await api.owner.request('GET', `/groups/${group.id}/devices`)).problem.code).toBe('NOT_FOUND');
});

it('when a dynamic group is used like a static one, or a selector cannot be read, the way out is told', async () => {
  const made = await api.owner.post<Group>('/groups', { name: 'ruled', selector: '@health=unhealthy' });
  const refused = await api.owner.request('PATCH', `/groups/${made.id}/members`, { add: [devices[0]] });
  expect(refused.problem).toMatchObject({ code: 'STATE_CONFLICT', detail: expect.stringContaining('@health=unhealthy') });
  const code = { name: 'into a dynamic group', groupId: made.id };
  expect((await api.owner.request('POST', '/enrollment-codes', code)).problem.code).toBe('STATE_CONFLICT');
  const both = { name: 'both', selector: 'site=ulm', deviceIds: [devices[0]] };
  expect((await api.owner.request('POST', '/groups', both)).problem).toMatchObject({ code: 'VALIDATION_FAILED' });

  const plain = await api.owner.post<Group>('/groups', { name: 'enrolled' });
  await api.owner.post('/enrollment-codes', { name: 'into a static group', groupId: plain.id });
  const change = await api.owner.request('PATCH', `/groups/${plain.id}`, { selector: 'a' }, { 'if-match': '*' });
  expect(change.problem.code).toBe('STILL_REFERENCED');

  const bad = { name: 'bad', selector: 'site=ulm,@helth=unhealthy' };
  for (const [method, url] of [
    ['POST', '/groups'],
    ['POST', '/groups/preview'],
    ['PATCH', `/groups/${made.id}`],
  ] as const) {
    const body = url === '/groups/preview' ? { selector: bad.selector } : bad;
    const { problem } = await api.owner.request(method, url, body, { 'if-match': '*' });
    expect(problem).toMatchObject({ status: 422, code: 'SELECTOR_INVALID', errors: [{ pointer: '/selector' }] });
    expect(problem.detail).toMatch(/^At character 10 .*@helth.*@health/);
  }
});
