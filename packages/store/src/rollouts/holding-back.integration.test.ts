import type { RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { brokenRolloutInvariants, createRolloutWorld, type RolloutWorld, strictWave, wholeSuccess } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadAssignmentInputs } from '../device-protocol/assignment-inputs.ts';
import { updateDevice } from '../devices/change-device.ts';
import { getDevice } from '../devices/read-device.ts';
import { createDisruptionBudget, deleteDisruptionBudget, getDisruptionBudget } from '../disruption-budgets/disruption-budgets.ts';
import { createFreeze, liftFreeze } from './freezes.ts';

const all: RolloutPolicy = {
  waves: [{ ...strictWave({ kind: 'rest' }), threshold: { successPercent: 50, errorPercent: 50, minimumSample: 1 } }],
  order: 'name',
  deploymentDeadlineMs: 3_600_000,
  onBreach: 'pause',
};

const windowIsSummer = (now: number): boolean =>
  new Intl.DateTimeFormat('en', { timeZone: 'Europe/Vienna', timeZoneName: 'longOffset' }).format(now).endsWith('+02:00');

describe('what holds devices back', () => {
  const clock = new VirtualClock();
  const context = { actor: { kind: 'person', id: 'p', name: 'Petra', method: 'session' } } as const;
  let world: RolloutWorld;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  const begin = async (name: string, devices: number, policy: RolloutPolicy) => {
    const stage = await world.fleet.addStage(name, { devices, policy });
    await clock.advance(1);
    const release = await world.fleet.publish();
    const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    return { stage, release, rollout };
  };

  it('when a rate is given, each minute offers as many and no more, and a timer wakes the next', async () => {
    const { rollout } = await begin('rated', 5, { ...all, rate: { kind: 'constant', perMinute: 2 } });
    expect(await world.detail(rollout.id)).toMatchObject({ counts: { offered: 2, queued: 3 }, blockers: [{ code: 'rate_limited' }] });
    await clock.advance(59_999);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ counts: { offered: 2, queued: 3 } });
    await clock.advance(1);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ counts: { offered: 4, queued: 1 } });
    await clock.advance(60_000);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ counts: { offered: 5 }, blockers: [{ code: 'waiting_for_devices' }] });
  });

  it('when a failure is tried again, the device goes back, waits, and gets a new attempt; a report for the old one is refused', async () => {
    const { rollout, stage } = await begin('retried', 2, { ...all, retries: { failed: 1, backOffMs: 30_000 } });
    const [first, second] = stage.deviceIds;
    if (first === undefined || second === undefined) throw new RangeError('two devices');
    await world.devices.report([first], ['accepted', 'downloading', 'failed'], { code: 'DOWNLOAD_FAILED' });
    await world.settle();
    const waiting = await world.detail(rollout.id);
    expect(waiting).toMatchObject({ counts: { queued: 1, offered: 1 }, blockers: [{ code: 'waiting_for_retry' }] });
    expect(await desired(first)).toMatchObject({ releaseId: null, revision: 2 });
    await clock.advance(30_000);
    await world.settle();
    expect(await desired(first)).toMatchObject({ releaseId: rollout.release.id, revision: 3, attempt: 2 });
    const late = await world.devices.report([first], ['succeeded'], { attempt: 1 });
    expect(late.refused).toMatchObject([{ code: 'old_attempt' }]);
    await world.devices.report([first, second], wholeSuccess);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 2 } });
  });

  it('when attempts are used up, the failure counts', async () => {
    const { rollout, stage } = await begin('used up', 1, { ...all, retries: { failed: 1, backOffMs: 0 } });
    for (const state of ['queued', 'failed'] as const) {
      await world.devices.report(stage.deviceIds, ['accepted', 'failed']);
      expect((await world.detail(rollout.id)).counts).toEqual({ [state]: 1 });
      await world.settle();
    }
    expect(await world.detail(rollout.id)).toMatchObject({ state: 'paused' });
  });

  it('when a freeze is declared, nothing new is offered until it ends or is lifted; a hotfix passes', async () => {
    const { stage, release, rollout } = await begin('frozen', 3, { ...all, rate: { kind: 'constant', perMinute: 1 } });
    const organizationId = world.fleet.organization.id;
    const freeze = await world.store.transaction((tx) =>
      createFreeze(tx, organizationId, { name: 'Stocktaking', stageId: stage.id }, context),
    );
    await clock.advance(60_000);
    await world.settle();
    const frozen = await world.detail(rollout.id);
    expect(frozen).toMatchObject({ counts: { offered: 1, queued: 2 }, blockers: [{ code: 'frozen' }] });
    expect(frozen.blockers[0]?.sentence).toBe('Nothing new starts until it is lifted: Stocktaking.');
    const urgent = await world.promote({ releaseId: release.id, stageId: stage.id, hotfixReason: 'The valve sticks.' });
    await world.settle();
    expect(await world.detail(urgent.id)).toMatchObject({ state: 'running', hotfixReason: 'The valve sticks.', counts: { offered: 1 } });
    await world.act(urgent.id, 'abort');
    await world.settle();
    const next = await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id });
    await world.settle();
    expect(await world.detail(next.id)).toMatchObject({ state: 'running', counts: { scheduled: 3 }, blockers: [{ code: 'frozen' }] });
    await world.store.transaction((tx) => liftFreeze(tx, organizationId, freeze.id, context));
    await world.settle();
    expect(await world.detail(next.id)).toMatchObject({ counts: { offered: 1, queued: 2 } });
  });

  it('when a rollout of higher priority has the devices, a later one waits for it, and goes on when it has ended', async () => {
    const stage = await world.fleet.addStage('first things first', { devices: 2, policy: all });
    await clock.advance(1);
    const [important, ordinary] = [await world.fleet.publish(), await world.fleet.publish()];
    const high = await world.promote({ releaseId: important.id, stageId: stage.id, priority: 10 });
    await world.settle();
    await clock.advance(1);
    const low = await world.promote({ releaseId: ordinary.id, stageId: stage.id });
    await world.settle();
    expect(await world.detail(low.id)).toMatchObject({
      state: 'running',
      counts: { scheduled: 2 },
      blockers: [{ code: 'higher_priority_rollout' }],
    });
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(await world.detail(high.id)).toMatchObject({ state: 'succeeded' });
    expect(await world.detail(low.id)).toMatchObject({ counts: { offered: 2 } });
  });

  it('when a rollout of higher priority is done with a device but has not ended, a later one goes on with that device', async () => {
    const soaking = { ...all, waves: [strictWave({ kind: 'rest' }, 3_600_000)] };
    const stage = await world.fleet.addStage('first things soak', { devices: 2, policy: all });
    await clock.advance(1);
    const [important, ordinary] = [await world.fleet.publish(), await world.fleet.publish()];
    const high = await world.promote({ releaseId: important.id, stageId: stage.id, priority: 10, policy: soaking });
    await world.settle();
    await clock.advance(1);
    const low = await world.promote({ releaseId: ordinary.id, stageId: stage.id });
    await world.settle();
    expect(await world.detail(low.id)).toMatchObject({ blockers: [{ code: 'higher_priority_rollout', until: null }] });
    await world.devices.report(stage.deviceIds.slice(0, 1), wholeSuccess);
    await clock.advance(5_000);
    await world.settle();
    expect(await world.detail(high.id)).toMatchObject({ state: 'running' });
    expect(await world.detail(low.id)).toMatchObject({ counts: { scheduled: 1, offered: 1 } });
  });

  it('when an earlier rollout has a higher priority, it takes devices from a later one', async () => {
    const stage = await world.fleet.addStage('taken back', {
      devices: 2,
      policy: { ...all, waves: [strictWave({ kind: 'count', count: 1 }), ...all.waves] },
    });
    await clock.advance(1);
    const [important, ordinary] = [await world.fleet.publish(), await world.fleet.publish()];
    const high = await world.promote({ releaseId: important.id, stageId: stage.id, priority: 1 });
    await world.settle();
    await clock.advance(1);
    const low = await world.promote({ releaseId: ordinary.id, stageId: stage.id, policy: all });
    await world.settle();
    expect(await world.detail(low.id)).toMatchObject({ counts: { scheduled: 1, offered: 1 } });
    await world.devices.report(stage.deviceIds.slice(0, 1), wholeSuccess);
    await world.settle();
    expect(await world.detail(low.id)).toMatchObject({ counts: { superseded: 1, offered: 1 } });
    expect(await world.detail(high.id)).toMatchObject({ counts: { succeeded: 1, offered: 1 } });
  });

  it('when devices have a window, each is offered the release in its own night, and the timer is the next opening', async () => {
    const window = { recurrence: 'FREQ=DAILY', startTime: '02:00', durationMinutes: 60, timeZone: 'device' };
    const stage = await world.fleet.addStage('nightly', { devices: 2, policy: { ...all, deploymentDeadlineMs: 172_800_000, window } });
    const [vienna = '', tokyo = ''] = stage.deviceIds;
    await world.store.query(
      `UPDATE device SET time_zone = CASE WHEN id = $1 THEN 'Europe/Vienna' ELSE 'Asia/Tokyo' END WHERE id = ANY($2)`,
      [vienna, stage.deviceIds],
    );
    const nightInVienna = Math.ceil(clock.now() / 86_400_000) * 86_400_000 + 86_400_000 + (windowIsSummer(clock.now()) ? 0 : 3_600_000);
    await clock.advance(nightInVienna - 60_000 - clock.now());
    const release = await world.fleet.publish();
    const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    const before = await world.detail(rollout.id);
    expect(before).toMatchObject({ counts: { queued: 2 }, blockers: [{ code: 'outside_window' }, { code: 'outside_window' }] });
    expect(before.blockers.map(({ sentence }) => sentence).join()).toContain(
      `(Europe/Vienna), which opens at ${new Date(nightInVienna).toISOString()}`,
    );
    await clock.advance(60_000);
    await world.settle();
    expect(await desired(vienna)).toMatchObject({ releaseId: release.id });
    expect(await world.detail(rollout.id)).toMatchObject({ counts: { queued: 1, offered: 1 }, blockers: [{ code: 'outside_window' }] });
    await clock.advance(16 * 3_600_000);
    await world.settle();
    expect(await desired(tokyo)).toMatchObject({ releaseId: release.id });
  });

  it('when a window has a lead, agents that wait by themselves are told ahead of it; a new zone tells those that have not switched yet anew', async () => {
    const night = Math.ceil(clock.now() / 86_400_000) * 86_400_000 + 7_200_000;
    const window = { recurrence: 'FREQ=DAILY', startTime: '02:00', durationMinutes: 60, timeZone: 'device', leadMinutes: 30 };
    const stage = await world.fleet.addStage('ahead', { devices: 3, policy: { ...all, deploymentDeadlineMs: 172_800_000, window } });
    const [waits = '', old = '', switched = ''] = stage.deviceIds;
    await world.store.query(`UPDATE device SET inventory = inventory || '{"features": ["windows"]}' WHERE id = ANY($1)`, [
      [waits, switched],
    ]);
    await clock.advance(night - 31 * 60_000 - clock.now());
    const release = await world.fleet.publish();
    const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ counts: { queued: 3 } });
    await clock.advance(60_000);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ counts: { queued: 1, offered: 2 }, blockers: [{ code: 'outside_window' }] });
    expect(await desired(old)).toMatchObject({ releaseId: null });
    await world.devices.report([switched], ['accepted', 'downloading', 'staged', 'applying']);
    const revisions = async () => [(await desired(waits))?.revision, (await desired(switched))?.revision];
    const before = await revisions();
    for (const deviceId of [waits, switched]) {
      const changes = { timeZone: 'Asia/Tokyo' };
      const { version } = await getDevice(world.store, world.fleet.organization.id, deviceId, { now: new Date(clock.now()) });
      await world.store.transaction((tx) => updateDevice(tx, world.fleet.organization.id, { deviceId, version, changes }, context));
    }
    expect(await revisions()).toEqual([(before[0] ?? 0) + 1, before[1]]);
    expect(await desired(waits)).toMatchObject({ releaseId: release.id });
    const held = async () => (await loadAssignmentInputs(world.store, [waits])).map(({ revision, isHeld }) => [revision, isHeld]);
    const paused = await world.act(rollout.id, 'pause').then(held);
    expect([paused, await revisions()], 'a pause: whoever waits is told to wait on').toEqual([
      [[(before[0] ?? 0) + 2, true]],
      [(before[0] ?? 0) + 2, before[1]],
    ]);
    expect(await world.act(rollout.id, 'resume').then(held), 'and told again when it goes on').toEqual([[(before[0] ?? 0) + 3, false]]);
    await clock.advance(30 * 60_000);
    await world.settle();
    expect(await desired(old)).toMatchObject({ releaseId: release.id });
  });

  it('when a budget is full, devices wait for each other, over all rollouts, and nobody waits for ever', async () => {
    const organizationId = world.fleet.organization.id;
    const left = await world.fleet.addStage('left', { devices: 4, policy: all });
    const right = await world.fleet.addStage('right', { devices: 2, policy: all });
    await world.store.query(
      `UPDATE device SET labels = jsonb_build_object('site', CASE WHEN id = ANY($1::uuid[]) THEN 'ulm' ELSE 'graz' END)
        WHERE id = ANY($2::uuid[])`,
      [
        [...left.deviceIds.slice(0, 3), ...right.deviceIds.slice(0, 1)],
        [...left.deviceIds, ...right.deviceIds],
      ],
    );
    const { id: budgetId } = await world.store.transaction((tx) =>
      createDisruptionBudget(
        tx,
        organizationId,
        { name: 'two per site', perLabel: 'site', maximumUnavailable: { count: 2, unit: 'devices' } },
        context,
      ),
    );
    await clock.advance(1);
    const release = await world.fleet.publish();
    const first = await world.promote({ releaseId: release.id, stageId: left.id });
    await clock.advance(1);
    const second = await world.promote({ releaseId: release.id, stageId: right.id });
    await world.settle();
    expect(await world.detail(first.id)).toMatchObject({ counts: { offered: 3, queued: 1 } });
    const blocked = await world.detail(second.id);
    expect(blocked).toMatchObject({ counts: { offered: 1, queued: 1 }, blockers: [{ code: 'budget_exhausted' }] });
    expect(blocked.blockers[0]?.sentence).toContain('the disruption budget two per site (ulm) allows no more devices');
    expect((await getDisruptionBudget(world.store, organizationId, budgetId)).use).toContainEqual({
      value: 'ulm',
      devices: 4,
      unavailable: 2,
      allowed: 2,
    });
    // One that succeeded but fell ill keeps its place; it heals, and two may go on.
    await world.devices.report(left.deviceIds.slice(0, 2), wholeSuccess);
    await world.devices.health(left.deviceIds.slice(0, 1), 'unhealthy');
    await clock.advance(5_000);
    await world.settle();
    const offered = async () =>
      (await Promise.all([first.id, second.id].map((id) => world.detail(id)))).map(({ counts }) => counts.queued ?? 0);
    expect((await offered()).reduce((sum, queued) => sum + queued)).toBe(1);
    await world.devices.health(left.deviceIds.slice(0, 1), 'healthy');
    await clock.advance(5_000);
    await world.settle();
    expect(await offered()).toEqual([0, 0]);
    await world.store.transaction((tx) => deleteDisruptionBudget(tx, organizationId, budgetId, context));
  });

  async function desired(deviceId: string) {
    const [row] = await world.store.query<{ releaseId: string | null; revision: number; attempt: number }>(
      `SELECT release_id AS "releaseId", revision, attempt FROM device_desired WHERE device_id = $1`,
      [deviceId],
    );
    return row;
  }
});
