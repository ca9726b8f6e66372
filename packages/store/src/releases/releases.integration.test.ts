import { defaultHealthPolicy, type ReleaseManifest } from '@sluice/contracts';
import {
  createTestStore,
  SEED_CONTEXT,
  type SeededOrganization,
  seedApplication,
  seedOrganization,
  seedRelease,
  type TestStore,
} from '@sluice/testkit';
import { sha256Hex } from '@sluice/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { getApplication, listApplications } from '../applications/applications.ts';
import type { Store } from '../base/store.ts';
import { getBlob, putBlob } from '../blobs/blobs.ts';
import { createSnapshot, getSnapshot, getSnapshotSource, listSnapshots, type NewSnapshot } from '../snapshots/snapshots.ts';
import { findModuleTarballs, keepModuleTarballs, type NewModuleTarball } from './module-tarballs.ts';
import { publishRelease, type ReleaseFacts, republishRelease } from './publish.ts';
import { getRelease, getReleaseManifest, getReleaseParts, listReleases } from './releases.ts';

let world: TestStore;
let store: Store;
let organization: SeededOrganization;
let stranger: SeededOrganization;

beforeAll(async () => {
  world = await createTestStore();
  store = world.store;
  organization = await seedOrganization(store);
  stranger = await seedOrganization(store);
});

afterAll(() => world.close());

function snapshotOf(applicationId: string, label: string): Omit<NewSnapshot, 'id'> {
  const flows = Buffer.from(JSON.stringify([{ id: 'a', type: 'tab', label }]));
  return {
    applicationId,
    digest: sha256Hex(flows),
    message: label,
    flows,
    flowsRevision: sha256Hex(flows),
    packageJson: { dependencies: { 'node-red': '5.0.1', 'node-red-contrib-modbus': '5.23.3' } },
    lock: null,
    settings: {},
    variables: [],
    sealedCredentials: null,
    runtimeVersion: '5.0.1',
    nodeCount: 1,
    flowCount: 1,
  };
}

function capture(applicationId: string, label: string) {
  return store.transaction((tx) =>
    createSnapshot(tx, organization.id, { id: tx.uuid(), ...snapshotOf(applicationId, label) }, SEED_CONTEXT),
  );
}

/** A manifest that nobody signed: the store does not look into it. */
function unsigned(facts: ReleaseFacts) {
  const manifest = {
    releaseCounter: facts.counter,
    healthPolicy: defaultHealthPolicy,
    lockDigest: sha256Hex(Buffer.from('')),
  } as ReleaseManifest;
  const envelope = { payloadType: 'x', payload: '', signatures: [] };
  return { manifest, envelope, digest: sha256Hex(Buffer.from(facts.id)) };
}

test('when snapshots are captured at the same time, their numbers have no gap and no double', async () => {
  const application = await seedApplication(store, organization, 'numbers');
  const captured = await Promise.all(Array.from({ length: 8 }, (_, index) => capture(application.id, `v${index % 2}`)));
  expect(captured.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await listSnapshots(store, organization.id, { applicationId: application.id })).items).toHaveLength(8);
});

test('when a snapshot is read, modules leave out the runtime, and its bytes are those that were captured', async () => {
  const application = await seedApplication(store, organization, 'content');
  const { id } = await capture(application.id, 'first');
  expect(await getSnapshot(store, organization.id, id)).toMatchObject({
    modules: { 'node-red-contrib-modbus': '5.23.3' },
    runtimeVersion: '5.0.1',
    hasLock: false,
    hasCredentials: false,
  });
  const source = await getSnapshotSource(store, organization.id, id);
  expect(source.flows.toString()).toBe('[{"id":"a","type":"tab","label":"first"}]');
  await expect(getSnapshot(store, stranger.id, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(getSnapshotSource(store, stranger.id, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('when the application belongs to another organization, nothing is captured and no number is used', async () => {
  const application = await seedApplication(store, stranger, 'foreign');
  await expect(capture(application.id, 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const [row] = await store.query<{ last: number }>('select last_snapshot_number as last from application where id = $1', [application.id]);
  expect(row?.last).toBe(0);
});

test('when two snapshots are published at once, they get distinct counters', async () => {
  const application = await seedApplication(store, organization, 'counters');
  const snapshots = await Promise.all([capture(application.id, 'a'), capture(application.id, 'b')]);
  const published = await Promise.all(
    snapshots.map(({ id }) =>
      store.transaction((tx) =>
        publishRelease(tx, organization.id, { snapshotId: id, healthPolicy: defaultHealthPolicy, sign: unsigned }, SEED_CONTEXT),
      ),
    ),
  );
  expect(published.map(({ release }) => release.counter).sort()).toEqual([1, 2]);
  expect(published.every(({ created }) => created)).toBe(true);
});

test('when one snapshot is published many times at once, there is one release, and another policy makes another', async () => {
  const application = await seedApplication(store, organization, 'idempotent');
  const snapshot = await capture(application.id, 'a');
  const publish = (windowMs: number) =>
    store.transaction((tx) => {
      const healthPolicy = { ...defaultHealthPolicy, windowMs };
      const sign = (facts: ReleaseFacts) => {
        const made = unsigned(facts);
        return { ...made, manifest: { ...made.manifest, healthPolicy } };
      };
      return publishRelease(tx, organization.id, { snapshotId: snapshot.id, healthPolicy, sign }, SEED_CONTEXT);
    });
  const all = await Promise.all([publish(1), publish(1), publish(1), publish(1)]);
  expect(new Set(all.map(({ release }) => release.id)).size).toBe(1);
  expect(all.filter(({ created }) => created)).toHaveLength(1);
  expect((await publish(2)).release).toMatchObject({ counter: 2, name: 'v1', snapshotNumber: 1 });
});

test('when signing fails, no counter is used', async () => {
  const application = await seedApplication(store, organization, 'unsigned');
  const { id: snapshotId } = await capture(application.id, 'a');
  const sign = () => {
    throw new RangeError('the key is away');
  };
  const work = store.transaction((tx) =>
    publishRelease(tx, organization.id, { snapshotId, healthPolicy: defaultHealthPolicy, sign }, SEED_CONTEXT),
  );
  await expect(work).rejects.toBeInstanceOf(RangeError);
  const [row] = await store.query<{ last: number }>('select last_release_counter as last from application where id = $1', [application.id]);
  expect(row?.last).toBe(0);
});

test('when a release is published again to go back to it, it has the next counter and says where it comes from', async () => {
  const application = await seedApplication(store, organization, 'back');
  const { release, manifest } = await seedRelease(store, organization, { applicationId: application.id });
  const again = await store.transaction((tx) =>
    republishRelease(
      tx,
      organization.id,
      {
        releaseId: release.id,
        sign: (facts, origin) => {
          expect(origin).toEqual(manifest);
          return { ...unsigned(facts), manifest: { ...origin, releaseCounter: facts.counter } };
        },
      },
      SEED_CONTEXT,
    ),
  );
  expect(again).toMatchObject({ counter: 2, republishedFrom: release.id, snapshotId: release.snapshotId, name: release.name });
  expect((await getReleaseManifest(store, organization.id, again.id)).files).toEqual(manifest.files);
  const listed = await listReleases(store, organization.id, { applicationId: application.id });
  expect(listed.items.map(({ id }) => id)).toEqual([again.id, release.id]);
  await expect(getRelease(store, stranger.id, again.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(listReleases(store, stranger.id, { applicationId: application.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('when the same bytes are kept twice, they are kept once, and bytes under a wrong digest are refused', async () => {
  const content = Buffer.from('the same');
  const [first, second] = await Promise.all([1, 2].map(() => store.transaction((tx) => putBlob(tx, organization.id, content))));
  expect(first).toEqual(second);
  expect(await getBlob(store, organization.id, first?.sha256 ?? '')).toEqual(content);
  await expect(getBlob(store, stranger.id, first?.sha256 ?? '')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const lie = store.query('insert into blob values ($1, $2, 3, $3, now())', [organization.id, 'a'.repeat(64), Buffer.from('abc')]);
  await expect(lie).rejects.toThrow(/blob_content_addressed/);
});

test('when applications are listed, they are newest first, page by page, and only those of the organization', async () => {
  const own = await seedOrganization(store);
  for (const name of ['a', 'b', 'c']) await seedApplication(store, own, name);
  const first = await listApplications(store, own.id, { limit: 2 });
  const second = await listApplications(store, own.id, { limit: 2, cursor: first.nextCursor ?? '' });
  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  expect(second.nextCursor).toBeNull();
  await expect(getApplication(store, stranger.id, first.items[0]?.id ?? '')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('when tarballs are kept, they are found by integrity, kept once, and only in their organization', async () => {
  const own = await seedOrganization(store);
  const tarball = (integrity: string, text: string): NewModuleTarball => ({
    integrity,
    bytes: Buffer.from(text),
    unpackedLength: 1024,
    license: integrity === 'sha512-A' ? 'MIT' : null,
    metadata: integrity === 'sha512-A' ? { nodeRange: '>=20', nodeTypes: ['a in'] } : null,
  });
  const keep = (...tarballs: NewModuleTarball[]) => store.transaction((tx) => keepModuleTarballs(tx, own.id, tarballs));
  const kept = await keep(tarball('sha512-B', 'two'), tarball('sha512-A', 'one'), tarball('sha1-A', 'one'));
  expect(kept.map(({ sha256 }) => sha256)).toEqual([sha256Hex('two'), sha256Hex('one'), sha256Hex('one')]);
  expect(await keep(tarball('sha512-A', 'one'))).toHaveLength(1);
  const found = await findModuleTarballs(store, own.id, ['sha512-A', 'sha1-A', 'sha512-C']);
  expect(found.get('sha512-A')).toEqual({
    integrity: 'sha512-A',
    sha256: sha256Hex('one'),
    length: 3,
    unpackedLength: 1024,
    license: 'MIT',
    metadata: { nodeRange: '>=20', nodeTypes: ['a in'] },
  });
  expect([...found.keys()].sort()).toEqual(['sha1-A', 'sha512-A']);
  expect(found.get('sha1-A')?.metadata).toBeNull();
  expect((await findModuleTarballs(store, stranger.id, ['sha512-A'])).size).toBe(0);
  expect((await getBlob(store, own.id, sha256Hex('two'))).toString()).toBe('two');
});

test('when a release has a bill of materials and a report of the policies, publishing it again keeps both', async () => {
  const application = await seedApplication(store, organization, 'materials');
  const { id: snapshotId } = await capture(application.id, 'a');
  const sbomSha256 = (await store.transaction((tx) => putBlob(tx, organization.id, Buffer.from('{}')))).sha256;
  const policyReportSha256 = (await store.transaction((tx) => putBlob(tx, organization.id, Buffer.from('[]')))).sha256;
  const { release } = await store.transaction((tx) =>
    publishRelease(
      tx,
      organization.id,
      { snapshotId, healthPolicy: defaultHealthPolicy, sbomSha256, policyReportSha256, sign: unsigned },
      SEED_CONTEXT,
    ),
  );
  const again = await store.transaction((tx) =>
    republishRelease(tx, organization.id, { releaseId: release.id, sign: (facts) => unsigned(facts) }, SEED_CONTEXT),
  );
  expect(await getReleaseParts(store, organization.id, again.id)).toMatchObject({ sbomSha256, policyReportSha256, digest: again.digest });
  await expect(getReleaseParts(store, stranger.id, again.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
