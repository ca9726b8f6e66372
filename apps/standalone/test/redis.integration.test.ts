// The queue on Redis: the same rollout, and one that loses its queue in the middle.
import type { Store } from '@sluice/store';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectNothingLost } from './testing/nothing-lost.ts';
import { createPlant, type Plant, whenEnded, whenReported } from './testing/plant.ts';
import { makeDataFolder, openDatabase, removeDataFolder, type Standalone, startStandalone } from './testing/standalone.ts';

const devices = 20;

let redis: TestRedis | undefined;
let folder: string;
let standalone: Standalone;
let store: Store;
let plant: Plant;

beforeAll(async () => {
  redis = await startRedis();
  if (redis === undefined) return;
  folder = await makeDataFolder();
  standalone = await startStandalone({ folder, environment: { REDIS_URL: redis.url } });
  store = await openDatabase(folder);
  plant = await createPlant(standalone, { name: 'redis', devices });
});

afterAll(async () => {
  if (redis === undefined) return;
  await plant?.fleet.stop();
  await store?.close();
  await standalone?.child.stop();
  await removeDataFolder(folder);
  await redis.stop();
});

async function expectSuccess(rolloutId: string): Promise<void> {
  expect(await whenEnded(plant, rolloutId)).toMatchObject({ state: 'succeeded', counts: { succeeded: devices } });
  await expectNothingLost(store, plant.fleet);
}

it('when jobs travel through Redis, a rollout succeeds as with Postgres', async (context) => {
  if (redis === undefined) return context.skip('no redis-server here');
  const { rolloutId } = await plant.promote();
  await expectSuccess(rolloutId);
  // The jobs did go there: the database has no queue.
  expect(await store.query("SELECT nspname FROM pg_namespace WHERE nspname = 'bullmq'")).toEqual([]);
});

it('when Redis is gone in the middle of a rollout, the sweep brings it to its end', async (context) => {
  if (redis === undefined) return context.skip('no redis-server here');
  const since = plant.fleet.acknowledged().length;
  const { rolloutId } = await plant.promote();
  await whenReported(plant, since, 5);
  await redis.stop();
  await expectSuccess(rolloutId);
});
