import { systemClock } from '@sluice/platform/clock';
import { systemRandom } from '@sluice/platform/random';
import { openSecret } from '@sluice/platform/secrets';
import { createStore, getFleetSummary, getSigningKey, getSnapshotContent, listDevices, type Store } from '@sluice/store';
import { verifyRelease, verifyRoot } from '@sluice/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { seedDevices, seedGroup } from './devices.ts';
import { SEED_SECRET_KEY, seedOrganization } from './organization.ts';
import { seedApplication, seedRelease } from './release.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore({ connectionString: database.connectionString, clock: systemClock, random: systemRandom });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

test('when a release is seeded, its signature, its files and its keys are real', async () => {
  const organization = await seedOrganization(store);
  const application = await seedApplication(store, organization);
  const { release, snapshot, files } = await seedRelease(store, organization, { applicationId: application.id });
  const [row] = await store.query<{ envelope: unknown }>('select envelope from release where id = $1', [release.id]);
  const root = verifyRoot(JSON.parse(organization.rootDocument));
  const verified = verifyRelease(row?.envelope, root, {
    digest: release.digest,
    organizationId: organization.id,
    applicationId: application.id,
    releaseCounter: 1,
    minimumReleaseCounter: 0,
  });
  expect(verified.files.map((file) => file.path)).toEqual(Object.keys(files).sort());
  expect((await getSnapshotContent(store, organization.id, snapshot.id)).flows).toEqual(JSON.parse(String(files['flows.json'])));
  const key = await getSigningKey(store, organization.id, 'director');
  const privateKey = openSecret(SEED_SECRET_KEY, key.sealedPrivateKey, `signing_key/${key.id}`).toString();
  expect(privateKey).toBe(organization.keys.director.privateKey);
});

test('when ten thousand devices are seeded, they are there at once, in their group and running', async () => {
  const organization = await seedOrganization(store);
  const application = await seedApplication(store, organization);
  const { release } = await seedRelease(store, organization, { applicationId: application.id });
  const groupId = await seedGroup(store, organization, 'prod');
  await seedDevices(store, organization, {
    count: 10_000,
    groupIds: [groupId],
    seenAt: new Date(systemClock.now()),
    running: { releaseId: release.id, health: 'healthy' },
  });
  const at = { now: new Date(systemClock.now()) };
  expect(await getFleetSummary(store, organization.id, at)).toMatchObject({
    devices: 10_000,
    online: 10_000,
    healthy: 10_000,
    unhealthy: 0,
  });
  const page = await listDevices(store, organization.id, { groupId, search: '-0999', limit: 200 }, at);
  expect(page.items).toHaveLength(10);
  expect(page.items[0]).toMatchObject({ groupIds: [groupId], running: { id: release.id }, desired: { id: release.id } });
});
