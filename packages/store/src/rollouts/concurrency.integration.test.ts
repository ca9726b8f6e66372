import type { RolloutPolicy } from '@sluice/contracts';
import { systemClock } from '@sluice/platform/clock';
import { systemRandom } from '@sluice/platform/random';
import { VirtualClock } from '@sluice/platform/testing';
import {
  brokenRolloutInvariants,
  createRolloutWorld,
  createSimulatedDevices,
  type RolloutWorld,
  strictWave,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, dueRollouts, nextRolloutTimer, type Store, stepRollout } from '../index.ts';

const policy: RolloutPolicy = {
  waves: [strictWave({ kind: 'count', count: 1 }), strictWave({ kind: 'percent', percent: 50 }), strictWave({ kind: 'rest' })],
  order: 'random',
  deploymentDeadlineMs: 600_000,
  onBreach: 'roll_back',
};

describe('two workers', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let other: Store;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
    other = createStore({ connectionString: world.connectionString, clock, random: systemRandom, poolSize: 4 });
  });
  afterAll(async () => {
    await other.close();
    await world.close();
  });

  it('when they step the same rollouts all the time while devices report, each wave starts once and every count is right', async () => {
    const rollouts: string[] = [];
    const deviceIds: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const stage = await world.fleet.addStage(name, { devices: 12, policy });
      deviceIds.push(...stage.deviceIds);
      await clock.advance(1);
      rollouts.push((await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id })).id);
    }
    const states = () => Promise.all(rollouts.map(async (id) => (await world.detail(id)).state));
    const isOver = async () => (await states()).every((state) => state === 'succeeded');
    const deadline = systemClock.monotonic() + 60_000;
    const until = async (work: () => Promise<unknown>) => {
      while (systemClock.monotonic() < deadline && !(await isOver())) await work();
    };
    const work = (store: Store) =>
      until(() => Promise.all(rollouts.map((id) => stepRollout(store, id, { ...world.step, batchSizeMax: 3 }))));
    const chatter = (ids: string[]) => {
      const devices = createSimulatedDevices(world.store);
      return until(async () => {
        for (const state of wholeSuccess) await devices.report(ids, [state]);
        await devices.redeliver();
        expect(await brokenRolloutInvariants(other)).toEqual([]);
      });
    };
    await Promise.all([work(world.store), work(other), chatter(deviceIds.slice(0, 20)), chatter(deviceIds.slice(10))]);
    expect(await states()).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await brokenRolloutInvariants(other)).toEqual([]);
    const [attempts] = await other.query<object>('SELECT max(attempt) AS most, count(*) AS devices FROM deployment');
    expect(attempts).toEqual({ most: 1, devices: 36 });
    expect(await dueRollouts(other, new Date(clock.now()))).toEqual([]);
    expect(await nextRolloutTimer(other)).toBeNull();
  });
});
