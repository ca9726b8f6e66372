import {
  createTestStore,
  SEED_CONTEXT,
  type SeededOrganization,
  seedApplication,
  seedDevices,
  seedGroup,
  seedOrganization,
  seedRelease,
  type TestStore,
} from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Store } from '../base/store.ts';
import { listLedgerEntries } from '../ledger/list.ts';
import { approveDevice, revokeDevice, updateDevice } from './change-device.ts';
import { getFleetSummary, listDeviceEvents, listDevices } from './list-devices.ts';
import { getDevice } from './read-device.ts';

let world: TestStore;
let store: Store;
let now: Date;

beforeAll(async () => {
  world = await createTestStore();
  store = world.store;
  now = new Date(store.clock.now());
});

afterAll(() => world.close());

const ago = (ms: number): Date => new Date(now.getTime() - ms);

/** Four kinds of devices: online and healthy, offline and unhealthy, never seen, pending. */
async function seedFleet(organization: SeededOrganization) {
  const application = await seedApplication(store, organization);
  const { release } = await seedRelease(store, organization, { applicationId: application.id });
  const groupId = await seedGroup(store, organization, 'line');
  const running = (health: 'healthy' | 'unhealthy') => ({ releaseId: release.id, health });
  await seedDevices(store, organization, {
    count: 3,
    prefix: 'online',
    seenAt: ago(1_000),
    running: running('healthy'),
    groupIds: [groupId],
  });
  await seedDevices(store, organization, { count: 2, prefix: 'Offline', seenAt: ago(91_000), running: running('unhealthy') });
  await seedDevices(store, organization, { count: 1, prefix: 'never' });
  await seedDevices(store, organization, { count: 1, prefix: 'pending', approval: 'pending' });
  return { application, release, groupId };
}

test('when devices are listed, each filter is done by the database', async () => {
  const organization = await seedOrganization(store);
  await seedDevices(store, await seedOrganization(store), { count: 5, prefix: 'foreign' });
  const { release, groupId, application } = await seedFleet(organization);
  const names = async (query: Parameters<typeof listDevices>[2]) =>
    (await listDevices(store, organization.id, query, { now })).items.map(({ name }) => name.replace(/-\d+$/, '')).sort();
  expect(await names({})).toEqual(['Offline', 'Offline', 'never', 'online', 'online', 'online', 'pending']);
  expect(await names({ search: 'LINE-' })).toEqual(['Offline', 'Offline', 'online', 'online', 'online']);
  expect(await names({ search: '%' })).toEqual([]);
  expect(await names({ connectivity: 'online' })).toEqual(['online', 'online', 'online']);
  expect(await names({ connectivity: 'offline' })).toEqual(['Offline', 'Offline']);
  expect(await names({ connectivity: 'never' })).toEqual(['never', 'pending']);
  expect(await names({ health: 'unknown', approval: 'approved' })).toEqual(['never']);
  expect(await names({ groupId })).toEqual(['online', 'online', 'online']);
  expect(await names({ releaseId: release.id, health: 'unhealthy' })).toEqual(['Offline', 'Offline']);
  const [device] = (await listDevices(store, organization.id, { groupId, limit: 1 }, { now })).items;
  const reference = {
    id: release.id,
    name: 'v1',
    digest: release.digest,
    counter: 1,
    applicationId: application.id,
    applicationName: application.name,
  };
  expect(device).toMatchObject({ connectivity: 'online', health: 'healthy', groupIds: [groupId], running: reference, desired: reference });
  expect((await listDevices(store, organization.id, { connectivity: 'online' }, { now, onlineWithinMs: 100 })).items).toEqual([]);
});

test('when devices appear while a list is read, its pages stay as they were', async () => {
  const organization = await seedOrganization(store);
  const { ids } = await seedDevices(store, organization, { count: 25 });
  const seen: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page === 0 || cursor !== null; page += 1) {
    const read: Awaited<ReturnType<typeof listDevices>> = await listDevices(
      store,
      organization.id,
      { limit: 10, ...(cursor === null ? {} : { cursor }) },
      { now },
    );
    seen.push(...read.items.map(({ id }) => id));
    cursor = read.nextCursor;
    await seedDevices(store, organization, { count: 3, prefix: `late-${page}` });
  }
  expect(seen).toEqual(ids.toReversed());
});

test('when the fleet is summed up, approved devices count and others do not hide', async () => {
  const organization = await seedOrganization(store);
  await seedFleet(organization);
  expect(await getFleetSummary(store, organization.id, { now })).toEqual({
    devices: 7,
    online: 3,
    offline: 3,
    healthy: 3,
    unhealthy: 2,
    pendingApproval: 1,
    activeRollouts: 0,
  });
});

test('when one device is read, it tells what it shall run and what it says, and strangers see nothing', async () => {
  const organization = await seedOrganization(store);
  const { release } = await seedFleet(organization);
  const [listed] = (await listDevices(store, organization.id, { connectivity: 'offline' }, { now })).items;
  const id = listed?.id ?? '';
  expect(await getDevice(store, organization.id, id, { now })).toMatchObject({
    ...listed,
    epoch: 1,
    desiredRevision: 1,
    observedRevision: 1,
    previous: null,
    observed: { releaseDigest: release.digest, releaseCounter: 1, configurationDigest: null },
    verdict: { state: 'unhealthy', reasons: [] },
    runtime: null,
  });
  const { ids } = await seedDevices(store, organization, { count: 1, prefix: 'fresh' });
  expect(await getDevice(store, organization.id, ids[0] ?? '', { now })).toMatchObject({
    observed: null,
    reportedAt: null,
    verdict: { state: 'unknown' },
  });
  const stranger = await seedOrganization(store);
  await expect(getDevice(store, stranger.id, id, { now })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(listDeviceEvents(store, stranger.id, { deviceId: id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('when a device is changed, an old If-Match and a taken name are refused', async () => {
  const organization = await seedOrganization(store);
  const { ids } = await seedDevices(store, organization, { count: 2, labels: { site: 'ulm' } });
  const deviceId = ids[0] ?? '';
  const update = (version: number, changes: Parameters<typeof updateDevice>[2]['changes']) =>
    store.transaction((tx) => updateDevice(tx, organization.id, { deviceId, version, changes }, SEED_CONTEXT));
  expect(await update(1, { name: 'press 7' })).toMatchObject({ name: 'press 7', labels: { site: 'ulm' }, version: 2 });
  expect(await update(2, { labels: { line: 'a' } })).toMatchObject({ name: 'press 7', labels: { line: 'a' }, version: 3 });
  await expect(update(2, { name: 'late' })).rejects.toMatchObject({ code: 'VERSION_STALE' });
  await expect(update(3, { name: 'device-00002' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  const events = await listDeviceEvents(store, organization.id, { deviceId });
  expect(events.items.map(({ kind, code }) => [kind, code])).toEqual([
    ['person', 'CHANGED'],
    ['person', 'CHANGED'],
  ]);
});

test('when a device is approved or revoked, its epoch and the ledger say so, once', async () => {
  const organization = await seedOrganization(store);
  const { ids } = await seedDevices(store, organization, { count: 1, approval: 'pending' });
  const id = ids[0] ?? '';
  const approve = () => store.transaction((tx) => approveDevice(tx, organization.id, id, SEED_CONTEXT));
  const revoke = () => store.transaction((tx) => revokeDevice(tx, organization.id, id, SEED_CONTEXT));
  expect(await approve()).toMatchObject({ approval: 'approved', epoch: 1, version: 2 });
  expect(await approve()).toMatchObject({ version: 2 });
  expect(await revoke()).toMatchObject({ device: { approval: 'revoked', epoch: 2, version: 3 }, rolloutIds: [] });
  expect(await revoke()).toMatchObject({ device: { epoch: 2, version: 3 } });
  await expect(approve()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  const told = await listLedgerEntries(store, organization.id, { targetKind: 'device', targetId: id });
  expect(told.items.map(({ action }) => action)).toEqual(['device.revoked', 'device.approved']);
});
