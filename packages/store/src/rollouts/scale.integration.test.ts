import type { RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { brokenRolloutInvariants, createRolloutWorld, type RolloutWorld, strictWave } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stepRollout } from '../index.ts';

const devices = 10_000;
const policy: RolloutPolicy = {
  waves: [strictWave({ kind: 'percent', percent: 1 }), strictWave({ kind: 'rest' })],
  order: 'random',
  deploymentDeadlineMs: 600_000,
  onBreach: 'abort',
};

let world: RolloutWorld;
const clock = new VirtualClock();
beforeAll(async () => {
  world = await createRolloutWorld({ clock });
});
afterAll(() => world.close());

it('when a rollout has ten thousand devices, planning, offering and canceling them takes statements by the batch, not by the device', async () => {
  const stage = await world.fleet.addStage('fleet', { devices, policy });
  const { id } = await world.promote({
    releaseId: (await world.fleet.publish()).id,
    stageId: stage.id,
    policy: { ...policy, waves: [strictWave({ kind: 'rest' })] },
  });
  let statements = 0;
  const step = (batchSizeMax: number) =>
    stepRollout(
      {
        transaction: (work, options) =>
          world.store.transaction((tx) => {
            const counted =
              <A extends unknown[], R>(run: (...parameters: A) => Promise<R>) =>
              (...parameters: A) => {
                statements += 1;
                return run(...parameters);
              };
            return work({ ...tx, query: counted(tx.query) as typeof tx.query, execute: counted(tx.execute) });
          }, options),
      },
      id,
      { ...world.step, batchSizeMax },
    );
  await step(2_500);
  expect(await world.detail(id)).toMatchObject({ size: devices, counts: { offered: devices } });
  // Four batches, each a transaction with its lock, its decisions, its notes: far below one statement per device.
  expect(statements).toBeLessThan(250);
  expect(await brokenRolloutInvariants(world.store)).toEqual([]);

  statements = 0;
  await world.act(id, 'abort');
  await step(2_500);
  expect(await world.detail(id)).toMatchObject({ state: 'aborted', counts: { canceled: devices } });
  expect(statements).toBeLessThan(250);
  expect(await brokenRolloutInvariants(world.store)).toEqual([]);
  const [desired] = await world.store.query<object>(
    'SELECT count(*) AS devices, max(revision) AS revision, count(release_id) AS told FROM device_desired',
  );
  expect(desired).toEqual({ devices, revision: 2, told: 0 });
});

it('when something is named by deployments, nobody deletes it', async () => {
  const refused = { code: '23503' };
  const named = ['device', 'rollout', 'wave', 'deployment'];
  const stage = await world.fleet.addStage('named', { devices: 1, policy });
  await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id });
  await world.settle();
  for (const table of named) await expect(world.store.query(`DELETE FROM ${table}`), table).rejects.toMatchObject(refused);
});
