import { waitFor } from '@sluice/platform/testing';
import {
  ALL_AT_ONCE,
  createTestStore,
  SEED_CONTEXT,
  type SeededOrganization,
  seedApplication,
  seedDevices,
  seedGroup,
  seedOrganization,
  seedPipeline,
  seedRelease,
  type TestStore,
} from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Store } from '../base/store.ts';
import { changeGroupMembers } from '../groups/group-members.ts';
import { createGroup, deleteGroup, getGroup, listGroups } from '../groups/groups.ts';
import { listLedgerEntries } from '../ledger/list.ts';
import { createPromotion } from '../promotions/create-promotion.ts';
import { createRollout } from '../rollouts/create-rollout.ts';
import { addStage, removeStage, updateStage } from './change-stage.ts';
import { createPipeline, getPipeline, listPipelines } from './pipelines.ts';
import { getStage } from './stages.ts';

let world: TestStore;
let store: Store;
let organization: SeededOrganization;
let stranger: SeededOrganization;
let applicationId: string;

beforeAll(async () => {
  world = await createTestStore();
  store = world.store;
  organization = await seedOrganization(store);
  stranger = await seedOrganization(store);
  applicationId = (await seedApplication(store, organization)).id;
});

afterAll(() => world.close());

test('when a pipeline is made, its stages have their order, groups and first policy', async () => {
  const [dev, prod] = [await seedGroup(store, organization, 'dev'), await seedGroup(store, organization, 'prod')];
  const made = await seedPipeline(store, organization, {
    applicationId,
    stages: [
      { name: 'dev', groupIds: [dev] },
      { name: 'prod', groupIds: [prod, dev] },
    ],
  });
  expect(made.stages.map(({ name, position, policyVersion, version }) => [name, position, policyVersion, version])).toEqual([
    ['dev', 0, 1, 1],
    ['prod', 1, 1, 1],
  ]);
  expect(made.stages[1]?.groupIds).toEqual([prod, dev].sort());
  expect(made.stages[0]?.policy).toEqual(ALL_AT_ONCE);
  expect(await getPipeline(store, organization.id, made.id)).toEqual(made);
  expect((await listPipelines(store, organization.id, { applicationId })).items).toEqual([made]);
  await expect(getPipeline(store, stranger.id, made.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test.each([
  ['two stages have one name', [{ name: 'a' }, { name: 'a' }], 'NAME_TAKEN'],
  ['a group belongs to another organization', [{ name: 'a', foreign: true }], 'NOT_FOUND'],
])('when %s, nothing of the pipeline is made', async (_what, stages, code) => {
  const foreign = await seedGroup(store, stranger, `foreign ${code}`);
  const input = {
    applicationId,
    name: `refused ${code}`,
    stages: stages.map((stage) => ({ name: stage.name, groupIds: 'foreign' in stage ? [foreign] : [], policy: ALL_AT_ONCE })),
  };
  const work = store.transaction((tx) => createPipeline(tx, organization.id, input, SEED_CONTEXT));
  await expect(work).rejects.toMatchObject({ code });
  const names = (await listPipelines(store, organization.id, { applicationId })).items.map(({ name }) => name);
  expect(names).not.toContain(input.name);
});

/** A release and a pipeline of two stages, the first with a device. */
async function seedRace(name: string): Promise<{ release: string; dev: string; prod: string }> {
  const application = await seedApplication(store, organization, name);
  const { release } = await seedRelease(store, organization, { applicationId: application.id });
  const { ids } = await seedDevices(store, organization, { count: 1, prefix: name });
  const groupId = await seedGroup(store, organization, name, ids);
  const stages = [
    { name: 'dev', groupIds: [groupId] },
    { name: 'prod', groupIds: [] },
  ];
  const pipeline = await seedPipeline(store, organization, { applicationId: application.id, stages });
  const [dev, prod] = pipeline.stages;
  return { release: release.id, dev: dev?.id ?? '', prod: prod?.id ?? '' };
}

/** Starts writers of a stage and lets none of them write before all have come as far as they can. */
async function atOnce<T>(stageId: string, start: () => Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const blocker = store.transaction(async (tx) => {
    await tx.query('select 1 from stage where id = $1 for update', [stageId]);
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  const writers = start();
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  await waitFor('all writers to wait', async () => (await store.query(waiting)).length === writers.length);
  release.resolve();
  await blocker;
  return Promise.allSettled(writers);
}

test('when a stage gets a new policy, it is a new version, and an old If-Match is refused', async () => {
  const application = await seedApplication(store, organization, 'stages');
  const groupId = await seedGroup(store, organization, 'canary');
  const { stages } = await seedPipeline(store, organization, { applicationId: application.id, stages: [{ name: 'prod', groupIds: [] }] });
  const stageId = stages[0]?.id ?? '';
  const policy = { ...ALL_AT_ONCE, onBreach: 'pause' } as const;
  const update = (version: number, changes: Parameters<typeof updateStage>[2]['changes']) =>
    store.transaction((tx) => updateStage(tx, organization.id, { stageId, version, changes }, SEED_CONTEXT));
  expect(await update(1, { policy, groupIds: [groupId] })).toMatchObject({
    policyVersion: 2,
    version: 2,
    policy,
    groupIds: [groupId],
    name: 'prod',
  });
  expect(await update(2, { name: 'production' })).toMatchObject({ policyVersion: 2, version: 3, name: 'production', groupIds: [groupId] });
  await expect(update(2, { name: 'late' })).rejects.toMatchObject({ code: 'VERSION_STALE' });
  const versions = await store.query('select version, policy from rollout_policy where stage_id = $1 order by version', [stageId]);
  expect(versions).toEqual([
    { version: 1, policy: ALL_AT_ONCE },
    { version: 2, policy },
  ]);
  const races = await atOnce(stageId, () => [update(3, { name: 'x' }), update(3, { name: 'y' })]);
  expect(races.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(getStage(store, stranger.id, stageId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('when a stage is deleted while somebody promotes into it, the promotion is refused or canceled; none goes on to wait', async () => {
  const { release, dev, prod } = await seedRace('promoted');
  const removal = (stageId: string) => store.transaction((tx) => removeStage(tx, organization.id, { stageId, version: 1 }, SEED_CONTEXT));
  const [removed, promoted] = await atOnce<unknown>(prod, () => [
    removal(prod),
    store.transaction((tx) => createPromotion(tx, organization.id, { releaseId: release, stageId: prod }, SEED_CONTEXT)),
  ]);
  expect(removed?.status).toBe('fulfilled');
  if (promoted?.status === 'rejected') expect(promoted.reason).toMatchObject({ code: 'NOT_FOUND' });
  const states = await store.query<{ state: string }>('select state from promotion where stage_id = $1', [prod]);
  expect(states).toEqual(promoted?.status === 'fulfilled' ? [{ state: 'canceled' }] : []);
  const later = { name: 'later', groupIds: [], policy: ALL_AT_ONCE };
  const { pipelineId } = await getStage(store, organization.id, dev);
  await store.transaction((tx) => addStage(tx, organization.id, { pipelineId, version: null, stage: later }, SEED_CONTEXT));
  const [gone, rolledOut] = await atOnce<unknown>(dev, () => [
    removal(dev),
    store.transaction((tx) => createRollout(tx, organization.id, { releaseId: release, stageId: dev }, SEED_CONTEXT)),
  ]);
  const codes = [gone, rolledOut].map((each) => (each?.status === 'rejected' ? each.reason.code : null));
  expect([
    ['ROLLOUT_ACTIVE', null],
    [null, 'NOT_FOUND'],
  ]).toContainEqual(codes);
});

test('when members of a group change, counts, version and ledger follow, and strangers are refused', async () => {
  const { ids } = await seedDevices(store, organization, { count: 4, prefix: 'members' });
  const { ids: foreign } = await seedDevices(store, stranger, { count: 1 });
  const [first = '', second = '', third = ''] = ids;
  const group = await store.transaction((tx) =>
    createGroup(tx, organization.id, { name: 'line 1', deviceIds: [first, second] }, SEED_CONTEXT),
  );
  expect(group).toMatchObject({ deviceCount: 2, version: 1 });
  const change = (version: number | null, add: string[], remove: string[] = []) =>
    store.transaction((tx) => changeGroupMembers(tx, organization.id, { groupId: group.id, version, add, remove }, SEED_CONTEXT));
  expect(await change(1, [third, first], [second])).toMatchObject({ deviceCount: 2, version: 2 });
  await expect(change(1, [second])).rejects.toMatchObject({ code: 'VERSION_STALE' });
  await expect(change(null, foreign)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await getGroup(store, organization.id, group.id)).toMatchObject({ deviceCount: 2, version: 2 });
  const told = await listLedgerEntries(store, organization.id, { targetKind: 'group', targetId: group.id });
  expect(told.items.map(({ action }) => action)).toHaveLength(4);
  const added = told.items.filter(({ action }) => action === 'group.device_added');
  const devices = added.map(({ entry }) => JSON.parse(Buffer.from(entry, 'base64').toString()).after.devices);
  expect(devices.sort()).toEqual([[first, second].sort(), [third]].sort());
});

test('when a group is used by a stage, it is not deleted; when by nothing, it is', async () => {
  const application = await seedApplication(store, organization, 'deletes');
  const { ids } = await seedDevices(store, organization, { count: 1, prefix: 'deleted' });
  const [used, free] = [await seedGroup(store, organization, 'used'), await seedGroup(store, organization, 'free', ids)];
  await seedPipeline(store, organization, { applicationId: application.id, stages: [{ name: 'a', groupIds: [used] }] });
  const remove = (groupId: string) => store.transaction((tx) => deleteGroup(tx, organization.id, groupId, SEED_CONTEXT));
  await expect(remove(used)).rejects.toMatchObject({ code: 'STILL_REFERENCED' });
  await remove(free);
  const names = (await listGroups(store, organization.id, {})).items.map(({ name }) => name);
  expect(names).toContain('used');
  expect(names).not.toContain('free');
});
