import type { RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import {
  brokenRolloutInvariants,
  createRolloutWorld,
  type FleetStage,
  type RolloutWorld,
  seedDevices,
  strictWave,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { recordPresence } from '../device-protocol/presence.ts';

const minute = 60_000;
const oneWave = (more: Partial<RolloutPolicy>): RolloutPolicy => ({
  waves: [strictWave({ kind: 'rest' })],
  order: 'name',
  deploymentDeadlineMs: 120 * minute,
  onBreach: 'pause',
  ...more,
});

describe('devices that are not there, or not there yet', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let stages = 0;

  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  const seen = (ids: readonly string[]) => recordPresence(world.store, new Map(ids.map((id) => [id, clock.now()])));
  const addStage = async (devices: number, policy: RolloutPolicy) => {
    stages += 1;
    const stage = await world.fleet.addStage(`absent-${stages}`, { devices, policy });
    return { stage, ids: stage.deviceIds };
  };
  const promote = async (stage: FleetStage) => {
    await clock.advance(1);
    const release = await world.fleet.publish();
    const { id } = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    return id;
  };
  const places = async (rolloutId: string) => {
    const rows = await world.store.query<{ name: string; place: string }>(
      `SELECT v.name, concat_ws(' ', d.wave_index, d.state, d.code, d.attempt) AS place FROM deployment d JOIN device v ON v.id = d.device_id
        WHERE d.rollout_id = $1 ORDER BY v.name`,
      [rolloutId],
    );
    return rows.map(({ place }) => place);
  };

  it('offline device blocks the wave: when the policy leaves them out, those not seen at the start or before they accept are skipped, and nobody waits for them', async () => {
    const { stage, ids } = await addStage(4, oneWave({ offline: { afterMs: 10 * minute, action: 'exclude' } }));
    await seen(ids.slice(0, 3));
    const rolloutId = await promote(stage);
    expect(await places(rolloutId)).toEqual(['0 offered 1', '0 offered 1', '0 offered 1', '0 skipped OFFLINE 0']);
    await world.devices.report(ids.slice(0, 1), ['accepted']);
    await clock.advance(5 * minute);
    await seen(ids.slice(1, 2));
    await clock.advance(5 * minute);
    await world.settle();
    expect(await places(rolloutId), 'who has accepted is at work').toEqual([
      '0 accepted 1',
      '0 offered 1',
      '0 skipped OFFLINE 1',
      '0 skipped OFFLINE 0',
    ]);
    const [desired] = await world.store.query<object>('SELECT release_id, deployment_id FROM device_desired WHERE device_id = $1', [
      ids[2],
    ]);
    expect(desired).toEqual({ release_id: null, deployment_id: null });
    await world.devices.report(ids.slice(0, 2), wholeSuccess);
    await world.settle();
    expect(await world.detail(rolloutId)).toMatchObject({
      state: 'succeeded',
      counts: { succeeded: 2, skipped: 2 },
      waves: [{ leftOut: 2, late: false }],
    });
  });

  it('device never returns: when the policy has a late wave, they go there, have the whole deadline to come back, and fail nobody if they never do', async () => {
    const { stage, ids } = await addStage(4, oneWave({ offline: { afterMs: 10 * minute, action: 'late_wave' } }));
    await seen(ids.slice(0, 3));
    const rolloutId = await promote(stage);
    expect(await places(rolloutId)).toEqual(['0 offered 1', '0 offered 1', '0 offered 1', '1 scheduled 0']);
    await world.devices.report(ids.slice(0, 2), ['accepted']);
    await clock.advance(10 * minute);
    await world.settle();
    expect(await places(rolloutId)).toEqual(['0 accepted 1', '0 accepted 1', '1 scheduled 1', '1 scheduled 0']);
    const { waves, decisions } = await world.detail(rolloutId);
    expect(waves.map(({ size, counts }) => ({ size, counts }))).toEqual([
      { size: 2, counts: { accepted: 2 } },
      { size: 2, counts: { scheduled: 2 } },
    ]);
    expect(decisions[0]).toMatchObject({ kind: 'set_aside', waveIndex: 0, code: 'devices_offline', numbers: { devices: 1 } });
    await world.devices.report(ids.slice(0, 2), wholeSuccess);
    await world.settle();
    expect(await places(rolloutId)).toEqual(['0 succeeded 1', '0 succeeded 1', '1 offered 2', '1 offered 1']);
    expect((await world.detail(rolloutId)).blockers.map(({ code }) => code)).toContain('devices_offline');
    await clock.advance(60 * minute);
    await seen(ids.slice(2, 3));
    await world.devices.report(ids.slice(2, 3), wholeSuccess);
    await clock.advance(60 * minute);
    await world.settle();
    expect(await places(rolloutId)).toEqual(['0 succeeded 1', '0 succeeded 1', '1 succeeded 2', '1 skipped OFFLINE 1']);
    expect(await world.detail(rolloutId)).toMatchObject({ state: 'succeeded', waves: [{ late: false }, { late: true, leftOut: 1 }] });
  });

  it('when the policy waits, an offline device has until the deadline, as ever', async () => {
    const { stage } = await addStage(1, oneWave({ offline: { afterMs: 10 * minute, action: 'wait' } }));
    const rolloutId = await promote(stage);
    await clock.advance(119 * minute);
    await world.settle();
    expect(await places(rolloutId)).toEqual(['0 offered 1']);
    await clock.advance(minute);
    await world.settle();
    expect(await places(rolloutId)).toEqual(['0 timed_out DEADLINE_PASSED 1']);
  });

  it('late joiners bypass the rate, retry budget reset by leaving and rejoining: when membership is continuous, who joins goes to the late wave under the same rate, and who leaves and comes back gets no new attempts', async () => {
    const { stage, ids } = await addStage(
      2,
      oneWave({
        waves: [{ ...strictWave({ kind: 'rest' }), threshold: { successPercent: 50, errorPercent: 50, minimumSample: 1 } }],
        membership: 'continuous',
        rate: { kind: 'constant', perMinute: 2 },
        retries: { failed: 1, backOffMs: 0 },
      }),
    );
    const [first = '', second = ''] = ids;
    const rolloutId = await promote(stage);
    const fail = async () => {
      await world.devices.report([first], ['accepted', 'failed']);
      await clock.advance(minute);
      await world.settle();
    };
    await fail();
    const leave = () => world.store.query('DELETE FROM device_group_member WHERE device_id = $1 RETURNING 1', [first]);
    const comeBack = () =>
      world.store.query('INSERT INTO device_group_member (group_id, device_id) VALUES ($1, $2) RETURNING 1', [stage.groupId, first]);
    await leave();
    await world.settle();
    await comeBack();
    await seedDevices(world.store, world.fleet.organization, { count: 3, prefix: 'joiner', groupIds: [stage.groupId] });
    await fail();
    expect(await places(rolloutId), 'joiners wait for their wave').toEqual(['0 failed 2', '0 offered 1']);
    await world.devices.report([second], wholeSuccess);
    await clock.advance(minute);
    await world.settle();
    expect(await places(rolloutId)).toEqual(['0 failed 2', '0 succeeded 1', '1 offered 1', '1 offered 1', '1 queued 0']);
    const detail = await world.detail(rolloutId);
    expect(detail).toMatchObject({ size: 5, blockers: [{ code: 'rate_limited' }] });
    expect(detail.decisions.find(({ kind }) => kind === 'take_in_joined')).toMatchObject({ waveIndex: 1, numbers: { devices: 3 } });
    const { ids: tooLate } = await seedDevices(world.store, world.fleet.organization, {
      count: 1,
      prefix: 'too-late',
      groupIds: [stage.groupId],
    });
    await clock.advance(minute);
    await world.settle();
    expect(await places(rolloutId), 'a wave that has begun takes nobody in').toHaveLength(5);
    expect(tooLate).toHaveLength(1);
  });

  it('when membership is continuous and the waves before the late one are empty, who has joined is not forgotten', async () => {
    const waves = [strictWave({ kind: 'count', count: 2 }), strictWave({ kind: 'rest' })];
    const { stage, ids } = await addStage(2, oneWave({ waves, membership: 'continuous' }));
    const rolloutId = await promote(stage);
    await seedDevices(world.store, world.fleet.organization, { count: 1, prefix: 'next-joiner', groupIds: [stage.groupId] });
    await world.devices.report(ids, wholeSuccess);
    await world.settle();
    expect(await places(rolloutId)).toEqual(['0 succeeded 1', '0 succeeded 1', '2 offered 1']);
    expect((await world.detail(rolloutId)).waves.map(({ state }) => state)).toEqual(['succeeded', 'skipped', 'running']);
  });
});
