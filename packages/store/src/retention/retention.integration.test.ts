import { createTestStore, SEED_CONTEXT, type SeededOrganization, seedDevices, seedOrganization, type TestStore } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createApplication } from '../applications/applications.ts';
import type { Store } from '../base/store.ts';
import { readChangesSince } from '../changes/change-feed.ts';
import { findAnswer, type IdempotentRequest, saveAnswer } from '../idempotency/idempotency.ts';
import { pruneExpired } from './prune.ts';

let world: TestStore;
let store: Store;
let organization: SeededOrganization;

beforeAll(async () => {
  world = await createTestStore();
  store = world.store;
  organization = await seedOrganization(store);
});

afterAll(() => world.close());

/** Does the work once per key, as the API does. */
function request(given: IdempotentRequest, work: () => unknown) {
  return store.transaction(async (tx) => {
    const earlier = await findAnswer(tx, organization.id, given);
    if (earlier !== undefined) return earlier;
    // Long enough for the others to come in between, if nothing kept them away.
    await tx.query('select pg_sleep(0.05)');
    const answer = { status: 201, body: work() };
    await saveAnswer(tx, organization.id, given, answer);
    return answer;
  });
}

test('when a request comes five times at once with one key, its work is done once and all get the same answer', async () => {
  let works = 0;
  const given = { actor: 'a', key: 'k', requestDigest: '1' };
  const work = () => {
    works += 1;
    return { id: works };
  };
  const answers = await Promise.all(Array.from({ length: 5 }, () => request(given, work)));
  expect(works).toBe(1);
  expect(answers).toEqual(Array.from({ length: 5 }, () => ({ status: 201, body: { id: 1 } })));
});

test('when a key comes with another request, it is refused; of another actor it is another key', async () => {
  await request({ actor: 'a', key: 'reused', requestDigest: '1' }, () => 1);
  await expect(request({ actor: 'a', key: 'reused', requestDigest: '2' }, () => 2)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
  expect(await request({ actor: 'b', key: 'reused', requestDigest: '2' }, () => 3)).toEqual({ status: 201, body: 3 });
});

test('when what is old is pruned, what is young stays', async () => {
  await request({ actor: 'a', key: 'old', requestDigest: '1' }, () => 1);
  await request({ actor: 'a', key: 'young', requestDigest: '1' }, () => 1);
  await store.query("update idempotency_key set created_at = created_at - interval '25 hours' where key = 'old'");
  const create = (name: string) => store.transaction((tx) => createApplication(tx, organization.id, { name }, SEED_CONTEXT));
  const position = async () => (await store.query<{ at: string }>('select pg_current_snapshot()::text as at'))[0]?.at ?? '';
  const tooOld = await position();
  await create('old');
  const floor = await create('the newest of the old');
  const recent = await position();
  await store.query("update change_event set at = at - interval '25 hours'");
  const young = await create('young');
  expect(await store.transaction((tx) => pruneExpired(tx))).toBe(false);
  const keys = await store.query<{ key: string }>("select key from idempotency_key where key in ('old', 'young')");
  expect(keys).toEqual([{ key: 'young' }]);
  const changes = await store.query<{ id: string }>('select resource_id as id from change_event order by position');
  expect(changes).toEqual([{ id: floor.id }, { id: young.id }]);
  const told = await readChangesSince(store, organization.id, recent);
  expect(told?.changes.map(({ id }) => id)).toEqual([young.id]);
  expect(await readChangesSince(store, organization.id, tooOld)).toBeNull();
});

test('when assignments and reports are old, those that were replaced go, and the last one of each release stays', async () => {
  const { ids } = await seedDevices(store, organization, { count: 1 });
  const [deviceId] = ids;
  const [red, blue] = ['a'.repeat(64), 'b'.repeat(64)];
  const assign = (revision: number, digest: string | undefined, ageDays: number) =>
    store.query(
      `insert into device_assignment (device_id, revision, epoch, release_digest, envelope, created_at, expires_at)
       values ($1, $2, 1, $3, '{}', now() - $4 * interval '1 day', now())`,
      [deviceId, revision, digest, ageDays],
    );
  for (const [revision, digest, ageDays] of [
    [101, red, 120],
    [102, red, 110],
    [103, blue, 100],
    [104, red, 10],
    [105, blue, 1],
  ] as const) {
    await assign(revision, digest, ageDays);
  }
  const report = (sequence: number, kind: string, ageDays: number) =>
    store.query(`insert into device_report values ($1, $2, $3, $4, null, now() - $5 * interval '1 day')`, [
      deviceId,
      sequence,
      kind,
      red,
      ageDays,
    ]);
  for (const [sequence, kind, ageDays] of [
    [1, 'health', 8],
    [2, 'deployment', 8],
    [3, 'deployment', 91],
    [4, 'event', 91],
  ] as const) {
    await report(sequence, kind, ageDays);
  }
  await store.transaction((tx) => pruneExpired(tx));
  const left = await store.query<{ revision: number }>('select revision::int from device_assignment where device_id = $1 order by 1', [
    deviceId,
  ]);
  expect(left.map(({ revision }) => revision)).toEqual([104, 105]);
  const reports = await store.query<{ sequence: number }>('select sequence::int from device_report where device_id = $1', [deviceId]);
  expect(reports.map(({ sequence }) => sequence)).toEqual([2]);
});

test('when a table refers to blobs, deleting unreferenced ones knows it', async () => {
  const rows = await store.query<{ place: string }>(
    `select c.conrelid::regclass || '.' || a.attname as place
     from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[2]
     where c.contype = 'f' and c.confrelid = 'blob'::regclass order by 1`,
  );
  // A new one belongs into packages/store/src/blobs/unreferenced-blobs.ts first. Tarballs of modules go with the last release that has them.
  expect(rows.map(({ place }) => place)).toEqual([
    'advisory_file.sha256',
    'module_tarball.sha256',
    'release.policy_report_sha256',
    'release.sbom_sha256',
    'snapshot.flows_sha256',
    'snapshot.lock_sha256',
  ]);
});
