import type { RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import {
  brokenRolloutInvariants,
  canaryPolicy,
  createRolloutWorld,
  type RolloutWorld,
  strictWave,
  wholeRollback,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const percentWaves: RolloutPolicy = {
  waves: [
    strictWave({ kind: 'percent', percent: 10 }),
    strictWave({ kind: 'percent', percent: 50 }),
    strictWave({ kind: 'percent', percent: 100 }),
  ],
  order: 'random',
  deploymentDeadlineMs: 60_000,
  onBreach: 'pause',
};

const tolerant: RolloutPolicy = {
  waves: [{ size: { kind: 'rest' }, threshold: { successPercent: 50, errorPercent: 25, minimumSample: 2 }, soakMs: 0 }],
  order: 'name',
  deploymentDeadlineMs: 60_000,
  onBreach: 'abort',
};

describe('waves and their gates', () => {
  const clock = new VirtualClock();
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
    return { stage, release, rollout, detail: () => world.detail(rollout.id) };
  };

  it('when waves are percentages, each takes its whole share of devices in an order of the rollout, and all devices are reached', async () => {
    const { stage, rollout, detail } = await begin('percent', 25, percentWaves);
    expect((await detail()).waves.map((wave) => wave.size)).toEqual([3, 10, 12]);
    for (const offered of [3, 10, 12]) {
      expect((await detail()).counts.offered).toBe(offered);
      await world.devices.report(stage.deviceIds, wholeSuccess);
      await world.settle();
    }
    expect(await detail()).toMatchObject({ state: 'succeeded', counts: { succeeded: 25 } });
    const order = await world.store.query<{ expected: boolean }>(
      // The draw says who is in which wave; within a wave that is offered the release at once, ids follow those of the devices.
      `SELECT row_number() OVER (ORDER BY id) = row_number() OVER (ORDER BY wave_index, device_id)
              AND wave_index = CASE WHEN drawn <= 3 THEN 0 WHEN drawn <= 13 THEN 1 ELSE 2 END AS expected
         FROM (SELECT d.*, row_number() OVER (ORDER BY sha256(convert_to(rollout_id || ':' || device_id, 'UTF8'))) AS drawn
                 FROM deployment d WHERE rollout_id = $1) d`,
      [rollout.id],
    );
    expect(order.every((row) => row.expected)).toBe(true);
  });

  it('when failures stay within the error percent, the rollout goes on and ends with failures', async () => {
    const { stage, detail } = await begin('tolerant', 4, tolerant);
    await world.devices.report(stage.deviceIds.slice(0, 1), wholeRollback);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'running' });
    await world.devices.report(stage.deviceIds.slice(1), wholeSuccess);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'completed_with_failures', counts: { succeeded: 3, rolled_back: 1 } });
  });

  it('when one failure more breaches the threshold, nothing new starts and the rollout fails by its policy', async () => {
    const { stage, detail } = await begin('intolerant', 4, tolerant);
    await world.devices.report(stage.deviceIds.slice(0, 2), wholeRollback);
    await world.settle();
    expect(await detail()).toMatchObject({
      state: 'failed',
      reason: 'Wave 1: 2 of 4 devices failed, more than the 25 % allowed.',
      counts: { rolled_back: 2, canceled: 2 },
    });
  });

  it('when a device becomes unhealthy during the soak, the time starts again once it has recovered', async () => {
    const policy = canaryPolicy({ soakMs: 10_000 });
    const { stage, detail } = await begin('flapping', 2, {
      ...policy,
      onBreach: 'pause',
      waves: policy.waves.map((wave) => ({ ...wave, threshold: { ...wave.threshold, errorPercent: 100, successPercent: 0 } })),
    });
    const [canary = ''] = stage.deviceIds;
    await world.devices.report([canary], wholeSuccess);
    await world.settle();
    await clock.advance(9_000);
    const { rolloutIds } = await world.devices.health([canary], 'unhealthy');
    expect(rolloutIds).toHaveLength(1);
    await world.settle();
    expect((await detail()).blockers).toMatchObject([{ code: 'soak_interrupted' }]);
    await clock.advance(500);
    await world.devices.health([canary], 'healthy');
    await world.settle();
    await clock.advance(9_999);
    await world.settle();
    expect((await detail()).waves[0]).toMatchObject({ state: 'soaking' });
    await clock.advance(1);
    await world.settle();
    expect((await detail()).waves.map((wave) => wave.state)).toEqual(['succeeded', 'running']);
  });

  it('when a device was unhealthy between two looks only, the soak starts again all the same', async () => {
    const policy = canaryPolicy({ soakMs: 10_000, onBreach: 'pause' });
    const { stage, detail } = await begin('blinking', 2, policy);
    const [canary = ''] = stage.deviceIds;
    await world.devices.report([canary], wholeSuccess);
    await world.settle();
    await clock.advance(9_000);
    await world.devices.health([canary], 'unhealthy');
    await clock.advance(500);
    await world.devices.health([canary], 'healthy');
    await world.settle();
    await clock.advance(9_999);
    await world.settle();
    expect((await detail()).waves[0]).toMatchObject({ state: 'soaking' });
    await clock.advance(1);
    await world.settle();
    expect((await detail()).waves[0]).toMatchObject({ state: 'succeeded' });
  });

  it('when a device that succeeded becomes unhealthy during the soak of a strict wave, that is a failure of the wave', async () => {
    const { stage, detail } = await begin('regress', 2, canaryPolicy({ soakMs: 10_000, onBreach: 'abort' }));
    const [canary = ''] = stage.deviceIds;
    await world.devices.report([canary], wholeSuccess);
    await world.settle();
    await world.devices.health([canary], 'unhealthy');
    await world.settle();
    expect(await detail()).toMatchObject({
      state: 'failed',
      counts: { succeeded: 1, canceled: 1 },
      waves: [{ state: 'failed' }, { state: 'aborted' }],
    });
  });

  it('when a device never reports, it is timed out at the deadline and told again what it ran before', async () => {
    const { stage, release, detail } = await begin('silent', 2, canaryPolicy({ deploymentDeadlineMs: 60_000, onBreach: 'abort' }));
    const [silent = ''] = stage.deviceIds;
    const desired = () =>
      world.store.query<object>(
        'SELECT revision, release_id AS "releaseId", deployment_id AS "deploymentId" FROM device_desired WHERE device_id = $1',
        [silent],
      );
    expect(await desired()).toMatchObject([{ revision: 1, releaseId: release.id }]);
    await clock.advance(59_999);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'running', counts: { offered: 1 } });
    await clock.advance(1);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'failed', counts: { timed_out: 1, canceled: 1 } });
    expect(await desired()).toEqual([{ revision: 2, releaseId: null, deploymentId: null }]);
  });

  it('when a stage has fewer devices than its canary wave takes, the empty wave is skipped and proves nothing', async () => {
    const { stage, detail } = await begin('single', 1, canaryPolicy());
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'succeeded', waves: [{ state: 'succeeded' }, { state: 'skipped', size: 0 }] });
  });
});
