import type {
  Application,
  LedgerEntryView,
  Page,
  Release,
  RetentionPolicy,
  RetentionPreview,
  RetentionSettings,
  Snapshot,
  SnapshotProtection,
} from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import { findGitObjects, getReleaseManifest, listApplicationsToPrune, pruneSnapshots } from '@sluice/store';
import { lockedAt } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flows, type Promotable, seedDevice, seedPromotable } from '../../testing/seed.ts';
import { type Answer, type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let organizationId: string;

beforeAll(async () => {
  api = await startApi();
  organizationId = api.owner.organizationId;
});
afterAll(() => api.close());

const codes = (reasons: readonly { code: string }[] | undefined): string[] => (reasons ?? []).map((reason) => reason.code);
const createApplication = (name: string) => api.owner.post<Application>('/applications', { name });
const flowsOf = (label: string) => [...flows, { id: 'c1', type: 'comment', name: label }];

/** A snapshot of flows of their own, with a module of its own beside the runtime. */
function capture(applicationId: string, label: string, more: object = {}): Promise<Snapshot> {
  const name = `only-in-${label}`;
  const dependencies = { 'node-red': '5.0.7', [name]: '1.0.0' };
  const packages = {
    '': { dependencies },
    'node_modules/node-red': lockedAt('node-red', '5.0.7'),
    [`node_modules/${name}`]: lockedAt(name, '1.0.0'),
  };
  const lock = { lockfileVersion: 3, packages };
  const content = { flows: flowsOf(label), package: { dependencies }, lock, message: label };
  return api.owner.post<Snapshot>(`/applications/${applicationId}/snapshots`, { ...content, ...more });
}

const publish = (snapshot: Snapshot) =>
  api.owner.post<Release>(`/applications/${snapshot.applicationId}/releases`, { snapshotId: snapshot.id });

async function blobCount(digests: readonly string[]): Promise<number> {
  const [row] = await api.store.query<{ count: number }>('select count(*)::int as count from blob where sha256 = any($1::text[])', [
    digests,
  ]);
  return row?.count ?? -1;
}

/** What the ledger tells of a thing, newest first. */
async function ledgerOf(action: string, targetId: string): Promise<unknown[]> {
  const { items } = await api.owner.get<Page<LedgerEntryView>>(`/ledger?action=${action}&targetId=${targetId}`);
  return items.map(({ entry }) => JSON.parse(Buffer.from(entry, 'base64').toString('utf8')));
}

/** As if the device had reported what it runs and what it keeps, and been told what to run. */
async function pretendDevice(deviceId: string, facts: { desired: Promotable; running: string; previous: string }): Promise<void> {
  const { desired, running, previous } = facts;
  await api.store.query(
    `insert into device_desired (device_id, organization_id, revision, release_id, stage_id, changed_at) values ($1, $2, 1, $3, $4, now())
     on conflict (device_id) do update set revision = device_desired.revision + 1, release_id = excluded.release_id`,
    [deviceId, organizationId, desired.release.id, desired.stageId],
  );
  await api.store.query(
    `insert into device_observed (device_id, organization_id, revision, running_digest, previous_digest, health, health_since, verdict, reported_at)
     values ($1, $2, 1, $3, $4, 'healthy', now(), '{"state":"healthy","reasons":[]}', now())`,
    [deviceId, organizationId, running, previous],
  );
}

it('when snapshots have labels and parents, they are found by labels, labels can be changed, and the ledger knows', async () => {
  const { id } = await createApplication('labels');
  const path = `/applications/${id}/snapshots`;
  const first = await capture(id, 'l1', { labels: { line: '3', reviewed: '' } });
  const second = await capture(id, 'l2', { labels: { line: '4' } });
  const third = await capture(id, 'l3', { parent: 1 });
  expect([first.parent, second.parent, third.parent]).toEqual([null, 1, 1]);
  expect(first.labels).toEqual({ line: '3', reviewed: '' });
  const found = async (selector: string) =>
    (await api.owner.get<Page<Snapshot>>(`${path}?selector=${encodeURIComponent(selector)}`)).items.map(({ number }) => number);
  expect(await found('line=3')).toEqual([1]);
  expect(await found('line!=3')).toEqual([3, 2]);
  expect(await found('line,!reviewed')).toEqual([2]);
  expect(await found('line in (3,4),line>3')).toEqual([2]);
  expect((await api.owner.request('GET', `${path}?selector=${encodeURIComponent("line='3")}`)).problem.code).toBe('SELECTOR_INVALID');
  expect((await api.owner.request('GET', `${path}?selector=${encodeURIComponent('@health=healthy')}`)).problem.code).toBe(
    'SELECTOR_INVALID',
  );
  expect((await api.owner.request('POST', path, { flows, parent: 9 })).problem.code).toBe('PARENT_UNKNOWN');

  const change = (version: string, labels: unknown) =>
    api.owner.request('PATCH', `/snapshots/${first.id}`, { labels }, { 'if-match': version });
  expect(await change('"1"', { line: '5' })).toMatchObject({
    status: 200,
    body: { labels: { line: '5' }, version: 2, digest: first.digest },
  });
  expect((await change('"1"', { line: '6' })).problem.code).toBe('VERSION_STALE');
  expect(await ledgerOf('snapshot.labelled', first.id)).toMatchObject([
    { before: { labels: { line: '3' } }, after: { labels: { line: '5' } } },
  ]);
});

it('when a snapshot is needed, it stays, and every reason is named', async () => {
  const devices = [
    await seedDevice(api.store, organizationId, { name: 'p1' }),
    await seedDevice(api.store, organizationId, { name: 'p2' }),
  ];
  const promotable = await seedPromotable(api.owner, { name: 'needed', deviceIds: devices });
  const { snapshot, release, stageId } = promotable;
  const remove = () => api.owner.request('DELETE', `/snapshots/${snapshot.id}`);
  expect(codes((await remove()).problem.reasons)).toEqual(['newest']);

  const path = `/applications/${promotable.application.id}/snapshots`;
  await api.owner.post<Snapshot>(path, { flows: flowsOf('newer') });
  const rollout = await api.owner.post<{ id: string }>('/rollouts', { releaseId: release.id, stageId });
  expect(codes((await remove()).problem.reasons)).toEqual(['rollout']);

  await api.store.query(`update rollout set state = 'succeeded', finished_at = now() where id = $1`, [rollout.id]);
  await api.owner.request('PATCH', `/snapshots/${snapshot.id}`, { labels: { keep: 'audit' } }, { 'if-match': '"1"' });
  const [first = '', second = ''] = devices;
  await pretendDevice(first, { desired: promotable, running: release.digest, previous: 'f'.repeat(64) });
  await pretendDevice(second, { desired: promotable, running: 'f'.repeat(64), previous: release.digest });
  const refused = await remove();
  expect(refused).toMatchObject({ status: 409, problem: { code: 'SNAPSHOT_PROTECTED' } });
  expect(refused.problem.reasons).toMatchObject([
    { code: 'desired', devices: 2 },
    { code: 'running', devices: 1 },
    { code: 'previous', devices: 1 },
    { code: 'stage', stageIds: [stageId] },
    { code: 'ledger' },
    { code: 'label' },
  ]);
  const protection = await api.owner.get<SnapshotProtection>(`/snapshots/${snapshot.id}/protection`);
  expect(protection).toMatchObject({ isProtected: true, reasons: refused.problem.reasons, releases: [{ id: release.id }] });
  expect((await api.stranger.request('GET', `/snapshots/${snapshot.id}/protection`)).problem.code).toBe('NOT_FOUND');
  expect((await api.stranger.request('DELETE', `/snapshots/${snapshot.id}`)).problem.code).toBe('NOT_FOUND');
});

it('when nothing needs a snapshot, it goes with its releases and what only they use; its commit and its number stay', async () => {
  const { id } = await createApplication('goes');
  const [old, newest] = [await capture(id, 'old'), await capture(id, 'kept')];
  const releases = await Promise.all([publish(old), publish(newest)]);
  const digests = await Promise.all(
    releases.map(async (release) => (await getReleaseManifest(api.store, organizationId, release.id)).files.map(({ sha256 }) => sha256)),
  );
  const tarballs = await api.store.query<{ sha256: string }>(
    `select t.sha256 from module_tarball t join blob b using (organization_id, sha256) where organization_id = $1`,
    [organizationId],
  );
  const before = await blobCount(tarballs.map(({ sha256 }) => sha256));
  expect((await api.owner.request('DELETE', `/snapshots/${old.id}`)).status).toBe(204);
  expect((await api.owner.request('GET', `/snapshots/${old.id}`)).problem.code).toBe('NOT_FOUND');
  expect((await api.owner.request('GET', `/releases/${releases[0]?.id}`)).problem.code).toBe('NOT_FOUND');
  const own = (digests[0] ?? []).filter((digest) => !digests[1]?.includes(digest));
  expect(own.length).toBeGreaterThanOrEqual(3);
  expect(await blobCount(own)).toBe(0);
  expect(await blobCount(digests[1] ?? [])).toBe(digests[1]?.length);
  // The tarball of its own module is gone, that of the runtime is shared.
  expect(await blobCount(tarballs.map(({ sha256 }) => sha256))).toBe(before - 1);
  expect((await api.owner.request('GET', `/releases/${releases[1]?.id}/bundle`)).status).toBe(200);

  expect((await findGitObjects(api.store, { organizationId, applicationId: id }, [old.commit ?? ''])).size).toBe(1);
  expect(await ledgerOf('snapshot.deleted', old.id)).toMatchObject([
    { before: { snapshots: [{ number: 1, digest: old.digest, commit: old.commit }], releases: [{ digest: releases[0]?.digest }] } },
  ]);
  // What went can come again: as a new version.
  expect(await capture(id, 'old')).toMatchObject({ number: 3, digest: old.digest, parent: 2 });
});

/** Lets requests arrive one after the other while somebody holds the release, so that their order is decided; then lets them go. */
async function inThisOrder(releaseId: string, requests: readonly (() => Promise<Answer>)[]): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  await api.store.transaction(async (tx) => {
    await tx.query('select 1 from release where id = $1 for update', [releaseId]);
    for (const request of requests) {
      answers.push(request());
      await waitFor(`${answers.length} requests wait`, async () => {
        const [row] = await api.store.query<{ count: number }>(
          `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return row?.count === answers.length;
      });
    }
  });
  return Promise.all(answers);
}

it.each(['the deletion', 'the promotion'] as const)(
  'when a release is promoted while its snapshot is deleted, and %s is first, it wins',
  async (first) => {
    const device = await seedDevice(api.store, organizationId, { name: `racer of ${first}` });
    const { application, snapshot, release, stageId } = await seedPromotable(api.owner, { name: `race ${first}`, deviceIds: [device] });
    await capture(application.id, `newer-${first.length}`);
    const remove = () => api.owner.request('DELETE', `/snapshots/${snapshot.id}`);
    const promote = () => api.owner.request('POST', '/rollouts', { releaseId: release.id, stageId });
    const answers = await inThisOrder(release.id, first === 'the deletion' ? [remove, promote] : [promote, remove]);
    if (first === 'the deletion') expect(answers).toMatchObject([{ status: 204 }, { problem: { code: 'NOT_FOUND' } }]);
    else expect(answers).toMatchObject([{ status: 201 }, { problem: { code: 'SNAPSHOT_PROTECTED', reasons: [{ code: 'rollout' }] } }]);
  },
);

it('when a snapshot is deleted while it is published and while the same flows are captured, nothing is left half', async () => {
  const { id } = await createApplication('half');
  for (let round = 0; round < 4; round += 1) {
    const snapshot = await capture(id, `half-${round}`);
    await capture(id, `half-newer-${round}`);
    const [removed, published, again] = await Promise.all([
      api.owner.request('DELETE', `/snapshots/${snapshot.id}`),
      api.owner.request('POST', `/applications/${id}/releases`, { snapshotId: snapshot.id }),
      capture(id, `half-${round}`),
    ]);
    expect([201, 404]).toContain(published.status);
    expect(removed.status).toBe(204);
    // Read to its end: a blob that is missing would break it off.
    expect((await api.owner.request('GET', `/releases/${(await publish(again)).id}/bundle`)).status).toBe(200);
  }
});

it('when a retention policy is set, the preview says what goes and why the rest stays, and the sweep does just that', async () => {
  const { id } = await createApplication('retained');
  const path = `/applications/${id}/retention`;
  const snapshots: Snapshot[] = [];
  for (const label of ['r1', 'r2', 'r3', 'r4', 'r5']) {
    snapshots.push(await capture(id, label, label === 'r2' ? { labels: { milestone: 'fat' } } : {}));
  }
  expect(await api.owner.get<RetentionSettings>(path)).toMatchObject({ source: 'default', version: 0, policy: { isEnabled: false } });
  const policy: RetentionPolicy = { isEnabled: true, keepNewest: 2, keepDays: 1, keepSelector: 'milestone', ledgerDays: 3650 };
  const put = (at: string, body: unknown, version: string) => api.owner.request('PUT', at, body, { 'if-match': version });
  expect(await put('/retention', { policy: { ...policy, isEnabled: false } }, '"0"')).toMatchObject({ status: 200, body: { version: 1 } });
  expect(await api.owner.get<RetentionSettings>(path)).toMatchObject({ source: 'organization', version: 0, policy: { keepNewest: 2 } });
  expect((await put(path, { policy }, '"3"')).problem.code).toBe('VERSION_STALE');
  expect((await put(path, { policy: { ...policy, keepNewest: 0 } }, '"0"')).problem.code).toBe('VALIDATION_FAILED');
  const viewer = await api.caller('viewer');
  expect((await viewer.request('PUT', path, { policy }, { 'if-match': '"0"' })).status).toBe(403);
  expect(await put(path, { policy }, '"0"')).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: { source: 'application' } });

  const preview = async (query = '') => api.owner.get<RetentionPreview>(`${path}/preview${query}`);
  expect(await preview()).toMatchObject({ going: 0, staying: 5 });
  await api.store.query(`update snapshot set created_at = created_at - interval '2 days' where application_id = $1`, [id]);
  const told = await preview();
  expect(told).toMatchObject({ going: 2, staying: 3 });
  expect(told.items.map(({ number, goes, reasons }) => [number, goes, codes(reasons)])).toEqual([
    [5, false, ['newest', 'among_newest']],
    [4, false, ['among_newest']],
    [3, true, []],
    [2, false, ['selected']],
    [1, true, []],
  ]);
  const page = await preview('?limit=2');
  expect((await preview(`?limit=2&cursor=${page.nextCursor}`)).items.map(({ number }) => number)).toEqual([3, 2]);

  expect(await listApplicationsToPrune(api.store)).toEqual([{ organizationId, applicationId: id }]);
  const sweep = () => api.store.transaction((tx) => pruneSnapshots(tx, organizationId, { applicationId: id, snapshotsMax: 1 }));
  expect([await sweep(), await sweep(), await sweep()]).toEqual([1, 1, 0]);
  const left = await api.owner.get<Page<Snapshot>>(`/applications/${id}/snapshots`);
  expect(left.items.map(({ number }) => number)).toEqual([5, 4, 2]);
  const entries = await ledgerOf('snapshot.pruned', id);
  expect(entries).toMatchObject([{ before: { snapshots: [{ number: 3 }], policy } }, { before: { snapshots: [{ number: 1 }] } }]);
  expect(await put(path, { policy: null }, '"1"')).toMatchObject({ body: { source: 'organization', version: 0 } });
});

it('when the retention of the ledger has passed, what was deployed once goes with its rollouts', async () => {
  const device = await seedDevice(api.store, organizationId, { name: 'ancient' });
  const promotable = await seedPromotable(api.owner, { name: 'ancient', deviceIds: [device] });
  const { application, snapshot, release, stageId } = promotable;
  const rollout = await api.owner.post<{ id: string }>('/rollouts', { releaseId: release.id, stageId });
  await api.store.query(`update rollout set state = 'failed', finished_at = now() where id = $1`, [rollout.id]);
  const next = await api.owner.post<Snapshot>(`/applications/${application.id}/snapshots`, { flows: flowsOf('next') });
  expect(next.number).toBe(2);
  expect(codes((await api.owner.request('DELETE', `/snapshots/${snapshot.id}`)).problem.reasons)).toEqual(['ledger']);
  const policy: RetentionPolicy = { isEnabled: false, keepNewest: 9, keepDays: 9, keepSelector: null, ledgerDays: 0 };
  await api.owner.request('PUT', `/applications/${application.id}/retention`, { policy }, { 'if-match': '*' });
  expect((await api.owner.request('DELETE', `/snapshots/${snapshot.id}`)).status).toBe(204);
  expect((await api.owner.request('GET', `/rollouts/${rollout.id}`)).status).toBe(404);
});
