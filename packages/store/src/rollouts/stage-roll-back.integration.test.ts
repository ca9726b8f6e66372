import type { Release, RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import {
  brokenRolloutInvariants,
  canaryPolicy,
  createRolloutWorld,
  type FleetStage,
  type RolloutWorld,
  SEED_CONTEXT,
  seedDevices,
  strictWave,
  wholeRollback,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFreeze } from './freezes.ts';
import { createHold, liftHold, listHolds } from './holds.ts';
import { previewStageRollBack, rollBackStage } from './stage-roll-back.ts';

const atOnce: RolloutPolicy = {
  waves: [strictWave({ kind: 'rest' })],
  order: 'name',
  deploymentDeadlineMs: 600_000,
  onBreach: 'pause',
  rollback: { waves: [{ kind: 'count', count: 1 }, { kind: 'rest' }] },
};

describe('rolling a stage back', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  const organizationId = () => world.fleet.organization.id;
  const publish = (count: number) => Array.fromAsync({ length: count }, () => world.fleet.publish());
  const promote = async (release: Release | undefined, stage: FleetStage) => {
    await clock.advance(1);
    const { id } = await world.promote({ releaseId: release?.id ?? '', stageId: stage.id });
    await world.settle();
    return id;
  };
  /** Everybody who was told something does it, until nobody is. */
  const finish = async (deviceIds: readonly string[]) => {
    for (const _wave of [1, 2, 3]) {
      await world.devices.report(deviceIds, wholeSuccess);
      await world.settle();
    }
  };
  const promoteEverywhere = async (release: Release | undefined, stage: FleetStage) => {
    const id = await promote(release, stage);
    await finish(stage.deviceIds);
    return id;
  };
  const ask = async (stage: FleetStage, to?: string) => {
    const input = { stageId: stage.id, reason: 'The scale drifts.', devicesMax: 10, ...(to === undefined ? {} : { to }) };
    const releaseSigner = world.step.releaseSigner ?? (async () => null);
    const done = await world.store.transaction((tx) => rollBackStage(tx, organizationId(), { input, releaseSigner }, SEED_CONTEXT));
    return done.rollBack;
  };
  const rollBack = async (stage: FleetStage, to?: string) => {
    await clock.advance(1);
    const done = await ask(stage, to);
    await world.settle();
    return done;
  };
  const preview = (stage: FleetStage) =>
    previewStageRollBack(world.store, organizationId(), { stageId: stage.id, devicesMax: 10, now: new Date(clock.now()) });
  const ways = ({ groups }: Awaited<ReturnType<typeof rollBack>>) =>
    groups.map(({ from, to, devices }) => `${from.counter} > ${to.counter}: ${devices.devices.map(({ name }) => name.slice(-1)).join()}`);
  /** What the devices shall run: the counter of the release as it was first published. */
  const desired = async (stage: FleetStage) => {
    const rows = await world.store.query<{ counter: number }>(
      `SELECT o.counter FROM device_desired x JOIN release l ON l.id = x.release_id JOIN release o ON o.id = coalesce(l.republished_from, l.id)
         JOIN device v ON v.id = x.device_id WHERE v.id = ANY($1::uuid[]) ORDER BY v.name`,
      [stage.deviceIds],
    );
    return rows.map(({ counter }) => counter);
  };
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => 'it was done',
      (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
    );

  it('when the rollout ended long ago, also in a freeze: each goes back to its own last good release, and the release is held', async () => {
    const stage = await world.fleet.addStage('prod', { devices: 3, policy: atOnce });
    const [v1, v2, v3] = await publish(3);
    await promoteEverywhere(v1, stage);
    await promoteEverywhere(v2, stage);
    const { ids } = await seedDevices(world.store, world.fleet.organization, { count: 1, prefix: 'prod-new', groupIds: [stage.groupId] });
    stage.deviceIds.push(...ids);
    await promoteEverywhere(v3, stage);
    await world.store.transaction((tx) => createFreeze(tx, organizationId(), { name: 'Year end', stageId: stage.id }, SEED_CONTEXT));
    const [first = 0, second = 0, third = 0] = [v1, v2, v3].map((release) => release?.counter ?? 0);

    const shown = await preview(stage);
    expect(ways(shown)).toEqual([`${third} > ${second}: 1,2,3`]);
    expect(shown).toMatchObject({ ended: null, holds: [], withoutPrevious: { count: 1 }, freeze: { name: 'Year end' } });
    await clock.advance(1);
    const both = await Promise.allSettled([ask(stage), ask(stage)]);
    const [done, ...others] = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (done === undefined) throw new Error('nobody could roll back');
    expect(others, 'of two people who ask at once, one does it').toEqual([]);
    expect(both).toContainEqual({ status: 'rejected', reason: expect.objectContaining({ code: 'ROLLOUT_ACTIVE' }) });
    expect({ ...done, groups: done.groups.map((group) => ({ ...group, rolloutId: null })), holds: [] }).toEqual(shown);
    expect(done.holds).toMatchObject([{ releaseId: v3?.id, reason: 'The scale drifts.', active: true }]);
    const [entry] = await world.store.query<{ entry: string }>(
      `SELECT convert_from(entry, 'UTF8') AS entry FROM ledger_entry WHERE action = 'stage.rolled_back' ORDER BY id DESC LIMIT 1`,
    );
    expect(JSON.parse(entry?.entry ?? '{}')).toMatchObject({
      reason: 'The scale drifts.',
      after: {
        freeze: 'Year end',
        groups: [{ to: v2?.name, rolloutId: done.groups[0]?.rolloutId, devices: { count: 3 } }],
        withoutPrevious: { count: 1, devices: [{ id: ids[0] }] },
      },
    });

    await world.settle();
    const rollback = await world.detail(done.groups[0]?.rolloutId ?? '');
    expect(rollback).toMatchObject({
      state: 'running',
      waves: [
        { size: 1, counts: { offered: 1 } },
        { size: 2, state: 'pending' },
      ],
    });
    expect(await refusal(rollBack(stage)), 'twice, while the first is under way').toMatch(
      new RegExp(`ROLLOUT_ACTIVE: .*${rollback.id} is running`),
    );
    await finish(stage.deviceIds);
    expect(await desired(stage)).toEqual([second, second, second, third]);

    const more = await rollBack(stage);
    expect(ways(more), 'once more: never to what was taken back').toEqual([`${second} > ${first}: 1,2,3`]);
    expect(more).toMatchObject({ left: [{ id: v2?.id }, { id: v3?.id }], withoutPrevious: { count: 1 } });
    await finish(stage.deviceIds);
    expect(await desired(stage)).toEqual([first, first, first, third]);
    expect(await refusal(rollBack(stage))).toMatch(/STATE_CONFLICT: .*no other release ran well on prod/);
    const held = await listHolds(world.store, organizationId(), { stageId: stage.id, active: true });
    expect(held.items.map(({ releaseId }) => releaseId).sort()).toEqual([v2?.id, v3?.id].sort());
    for (const hold of held.items)
      await world.store.transaction((tx) => liftHold(tx, organizationId(), { holdId: hold.id, reason: 'Mended' }, SEED_CONTEXT));
    expect(await refusal(preview(stage)), 'what they were taken back from is no way back, held or not').toMatch(
      /no other release ran well/,
    );
    await world.store.query('UPDATE rollout_freeze SET lifted_at = now()');
    await clock.advance(1);
    const again = await world.fleet.publish();
    await promoteEverywhere(again, stage);
    expect(ways(await rollBack(stage))).toEqual([`${again.counter} > ${first}: 1,2,3`, `${again.counter} > ${third}: 1`]);
  });

  it.each(['running', 'paused'] as const)('when a rollout is %s there, it is ended, and whoever it changed goes back', async (state) => {
    const stage = await world.fleet.addStage(`while-${state}`, { devices: 3, policy: canaryPolicy({ soakMs: 60_000 }) });
    const [good, bad] = await publish(2);
    await world.promote({ releaseId: good?.id ?? '', stageId: stage.id, policy: atOnce });
    await world.settle();
    await finish(stage.deviceIds);
    const rolloutId = await promote(bad, stage);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    if (state === 'paused') await world.act(rolloutId, 'pause');
    const shown = await preview(stage);
    expect(ways(shown)).toEqual([`${bad?.counter} > ${good?.counter}: 1`]);
    const done = await rollBack(stage);
    expect(done).toMatchObject({ ended: { id: rolloutId, state: 'aborting' }, groups: [{ rolloutId: null, devices: { count: 1 } }] });
    expect(await world.detail(rolloutId)).toMatchObject({
      state: 'aborted',
      reason: 'The scale drifts.',
      counts: { succeeded: 1, canceled: 2 },
    });
    expect(await refusal(rollBack(stage))).toMatch(/ROLLOUT_ACTIVE/);
    await finish(stage.deviceIds);
    expect(await desired(stage)).toEqual([good?.counter, good?.counter, good?.counter]);
    const waiting = await promote(bad, stage);
    expect(await world.detail(waiting)).toMatchObject({ state: 'scheduled', blockers: [{ code: 'held' }] });
  });

  it('when devices come from different releases, each goes its own way; one release for all is only for those who ran it well', async () => {
    const stage = await world.fleet.addStage('stragglers', { devices: 3, policy: { ...atOnce, rollback: { errorPercent: 100 } } });
    const [v1, v2, v3] = await publish(3);
    await promoteEverywhere(v1, stage);
    const part = await world.fleet.addStageOver('part', { stage, policy: canaryPolicy({ onBreach: 'abort' }) });
    const partial = await promote(v2, part);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(await world.detail(partial)).toMatchObject({ counts: { succeeded: 1, offered: 2 } });
    await promoteEverywhere(v3, stage);
    expect(ways(await preview(stage))).toEqual([`${v3?.counter} > ${v2?.counter}: 1`, `${v3?.counter} > ${v1?.counter}: 2,3`]);
    expect(await refusal(rollBack(stage, v3?.id))).toMatch(/STATE_CONFLICT: .*is what runs/);
    const hold = await world.store.transaction((tx) =>
      createHold(tx, organizationId(), { stageId: stage.id, releaseId: v1?.id ?? '', reason: 'Too slow.' }, SEED_CONTEXT),
    );
    expect(await refusal(rollBack(stage, v1?.id))).toMatch(/STATE_CONFLICT: .*Too slow/);
    expect((await preview(stage)).withoutPrevious.count, 'what is held is no way back').toBe(2);
    await world.store.transaction((tx) => liftHold(tx, organizationId(), { holdId: hold.id, reason: 'Mended' }, SEED_CONTEXT));
    const signer = world.step.releaseSigner;
    world.step.releaseSigner = async () => null;
    expect(await refusal(rollBack(stage, v1?.id))).toMatch(/STATE_CONFLICT: The release key is offline.*Nothing was changed/);
    world.step.releaseSigner = signer;
    expect(await listHolds(world.store, organizationId(), { stageId: stage.id, active: true })).toMatchObject({ items: [] });

    expect(ways(await rollBack(stage, v1?.id))).toEqual([`${v3?.counter} > ${v1?.counter}: 1,2,3`]);
    await world.devices.report(stage.deviceIds.slice(0, 2), wholeSuccess);
    await world.devices.report(stage.deviceIds.slice(2), wholeRollback);
    await world.settle();
    expect(await desired(stage)).toEqual([v1?.counter, v1?.counter, v3?.counter]);
    const further = await rollBack(stage);
    expect(ways(further), 'v1 is left now, so nobody goes there').toEqual([`${v1?.counter} > ${v2?.counter}: 1`]);
    expect(further.withoutPrevious.devices.map(({ name }) => name.slice(-1))).toEqual(['2', '3']);
    await finish(stage.deviceIds);
    expect(await desired(stage)).toEqual([v2?.counter, v1?.counter, v3?.counter]);
    expect(await refusal(preview(part)), 'it is in the stage from which it had v2, and everything else was given up').toMatch(
      /STATE_CONFLICT: .*no other release ran well on stragglers/,
    );
  });
});
