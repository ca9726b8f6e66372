import { VirtualClock } from '@sluice/platform/testing';
import { canaryPolicy, createRolloutWorld, type RolloutWorld, SEED_CONTEXT, wholeSuccess } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHold, liftHold, listHolds } from './holds.ts';

describe('holds', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());

  const organizationId = () => world.fleet.organization.id;
  const promote = async (releaseId: string, stageId: string) => {
    await clock.advance(1);
    const { id } = await world.promote({ releaseId, stageId });
    await world.settle();
    return id;
  };
  const activeHolds = async (stageId: string) => (await listHolds(world.store, organizationId(), { stageId, active: true })).items;

  it('when a person rolls a rollout back, its release does not go into that stage again until somebody says why it may', async () => {
    const stage = await world.fleet.addStage('held', { devices: 2, policy: canaryPolicy({ soakMs: 60_000 }) });
    const other = await world.fleet.addStageOver('elsewhere', { stage, policy: canaryPolicy() });
    const [good, bad] = [await world.fleet.publish(), await world.fleet.publish()];
    await promote(good.id, stage.id);
    for (const _wave of [1, 2]) {
      await world.devices.report(stage.deviceIds, wholeSuccess);
      await world.settle();
      await clock.advance(60_000);
      await world.settle();
    }
    const first = await promote(bad.id, stage.id);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.act(first, 'abort');
    await world.act(first, 'roll_back');
    await world.settle();
    const [hold, ...more] = await activeHolds(stage.id);
    expect(more).toEqual([]);
    expect(hold).toMatchObject({
      releaseId: bad.id,
      rolloutId: first,
      createdBy: 'Petra',
      reason: 'The rollout was aborted: please abort',
    });
    expect(await world.store.query('SELECT state FROM rollout WHERE rollback_of = $1', [first]), 'the rollback itself is not held').toEqual(
      [{ state: 'running' }],
    );

    const again = await promote(bad.id, stage.id);
    expect(await world.detail(again)).toMatchObject({ state: 'scheduled', waves: [], blockers: [{ code: 'held' }] });
    expect((await world.detail(again)).blockers[0]?.sentence).toContain('please abort');
    expect(await world.detail(await promote(bad.id, other.id)), 'another stage').toMatchObject({ state: 'running' });
    expect(await world.detail(await promote(good.id, stage.id)), 'another release').toMatchObject({ state: 'running' });

    const lifted = await world.store.transaction((tx) =>
      liftHold(tx, organizationId(), { holdId: hold?.id ?? '', reason: 'The sensor was broken.' }, SEED_CONTEXT),
    );
    expect(lifted).toMatchObject({ active: false, liftReason: 'The sensor was broken.' });
    await world.settle();
    expect((await world.detail(again)).state).not.toBe('scheduled');
    expect(await activeHolds(stage.id)).toEqual([]);
  });

  it('when a person holds a whole stage, nothing new starts there, and what runs goes on', async () => {
    const stage = await world.fleet.addStage('closed', { devices: 2, policy: canaryPolicy() });
    const running = await promote((await world.fleet.publish()).id, stage.id);
    await world.store.transaction((tx) => createHold(tx, organizationId(), { stageId: stage.id, reason: 'Audit week' }, SEED_CONTEXT));
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(await world.detail(running)).toMatchObject({ state: 'running', counts: { succeeded: 1, offered: 1 } });
    const waiting = await promote((await world.fleet.publish()).id, stage.id);
    expect(await world.detail(waiting)).toMatchObject({ state: 'scheduled', blockers: [{ code: 'held' }] });
    await world.act(waiting, 'abort');
    await world.settle();
    expect(await activeHolds(stage.id), 'what never started is aborted without a hold').toHaveLength(1);
  });
});
