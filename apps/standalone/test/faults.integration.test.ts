// The parts of a control plane are killed in the middle of rollouts. Every rollout converges, and nothing acknowledged is lost.
import type { Store } from '@sluice/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectNothingLost } from './testing/nothing-lost.ts';
import { createPlant, type Plant, whenEnded, whenReported } from './testing/plant.ts';
import { makeDataFolder, openDatabase, removeDataFolder, type Standalone, startStandalone } from './testing/standalone.ts';

const devices = 30;

let folder: string;
let standalone: Standalone;
let store: Store;
let plant: Plant;

beforeAll(async () => {
  folder = await makeDataFolder();
  standalone = await startStandalone({ folder });
  store = await openDatabase(folder);
  plant = await createPlant(standalone, { name: 'faults', devices });
});

afterAll(async () => {
  await plant?.fleet.stop();
  await store?.close();
  await standalone?.child.stop();
  await removeDataFolder(folder);
});

/** Runs a rollout and does something bad whenever so many more reports were acknowledged: early, in each wave, and near the end. */
async function rollOutThrough(moments: readonly number[], trouble: (index: number) => Promise<void>): Promise<void> {
  const since = plant.fleet.acknowledged().length;
  const { release, rolloutId } = await plant.promote();
  for (const [index, moment] of moments.entries()) {
    await whenReported(plant, since, moment);
    await trouble(index);
  }
  const ended = await whenEnded(plant, rolloutId);
  expect(ended).toMatchObject({ state: 'succeeded', size: devices, counts: { succeeded: devices } });
  await expectNothingLost(store, plant.fleet);
  expect(plant.fleet.devices.map((device) => device.running()?.releaseDigest)).toEqual(Array(devices).fill(release.digest));
  const running = await store.query<{ digest: string }>('SELECT DISTINCT running_digest AS digest FROM device_observed');
  expect(running).toEqual([{ digest: release.digest }]);
}

it('when nothing goes wrong, a rollout of three waves reaches every device', async () => {
  await rollOutThrough([], async () => undefined);
});

it('when the api is killed with -9 again and again, devices go on and the rollout succeeds', async () => {
  await rollOutThrough([1, 70, 170], () => standalone.kill('api'));
});

it('when the worker is killed with -9 again and again, the rollout succeeds', async () => {
  await rollOutThrough([1, 60, 110], () => standalone.kill('worker'));
});

it('when Postgres is restarted, then killed with -9, the rollout succeeds', async () => {
  const signals = ['SIGINT', 'SIGKILL', 'SIGKILL'] as const;
  await rollOutThrough([10, 60, 120], (index) => standalone.kill('postgres', signals[index]));
});

it('when api and worker are killed together, and Postgres with them, the rollout succeeds', async () => {
  await rollOutThrough([30, 100], async (index) => {
    await Promise.all([standalone.kill('api'), standalone.kill('worker')]);
    if (index === 1) await standalone.kill('postgres');
  });
});

it('when the launcher is killed with -9 and started again on the same data, the rollout succeeds', async () => {
  await rollOutThrough([80], async () => {
    standalone.child.kill('SIGKILL');
    await standalone.child.exited;
    standalone = await startStandalone({ folder, port: Number(new URL(standalone.origin).port) });
  });
});
