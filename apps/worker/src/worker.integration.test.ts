import type { RolloutPolicy } from '@sluice/contracts';
import { createJobs, type QueueConnection } from '@sluice/jobs';
import { silentLog, systemClock, systemRandom } from '@sluice/platform';
import { waitFor } from '@sluice/platform/testing';
import {
  brokenRolloutInvariants,
  createRolloutWorld,
  keepDevicesReporting,
  type RolloutWorld,
  SEED_SECRET_KEY,
  seedApplication,
  seedDevices,
  seedGroup,
  seedKeyring,
  seedPipeline,
  seedRelease,
  startRedis,
  strictWave,
  type TestRedis,
  wholeRollback,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from './app.ts';

const redis: TestRedis | undefined = await startRedis();
if (redis === undefined) console.warn('redis-server was not found: the worker is not tested on Redis (apt-get install redis-server)');
afterAll(() => redis?.stop());

const policy: RolloutPolicy = {
  waves: [strictWave({ kind: 'count', count: 1 }, 300), strictWave({ kind: 'percent', percent: 50 }), strictWave({ kind: 'rest' })],
  order: 'name',
  deploymentDeadlineMs: 60_000,
  onBreach: 'roll_back',
};
const neverMs = 600_000;

describe.each(['Postgres', 'Redis'])('the worker, its queue on %s', (backend) => {
  describe.skipIf(backend === 'Redis' && redis === undefined)('rollout control', () => {
    let world: RolloutWorld;
    let queue: QueueConnection;
    const workers: RunningWorker[] = [];

    const work = (sweepIntervalMs: number): RunningWorker => {
      const worker = startWorker({
        store: world.store,
        clock: systemClock,
        random: systemRandom,
        log: silentLog,
        queue,
        keyring: seedKeyring(),
        saltKey: SEED_SECRET_KEY,
        sweepIntervalMs,
      });
      workers.push(worker);
      return worker;
    };
    const stateOf = async (rolloutId: string) => (await world.detail(rolloutId)).state;
    const promote = async (name: string, devices: number) => {
      const stage = await world.fleet.addStage(name, { devices, policy });
      const { id } = await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id });
      return { id, stage };
    };

    beforeAll(async () => {
      world = await createRolloutWorld({ clock: systemClock });
      queue = redis !== undefined && backend === 'Redis' ? { redisUrl: redis.url } : { connectionString: world.connectionString };
    });
    afterEach(async () => {
      await Promise.all(workers.splice(0).map((worker) => worker.close()));
      expect(await brokenRolloutInvariants(world.store)).toEqual([]);
    });
    afterAll(() => world.close());

    it('when hints arrive, the rollout follows them at once, and its soak is a timer of its own', async () => {
      const jobs = createJobs({ ...queue, log: silentLog, timeoutMs: 20_000 });
      // The first sweep finds nothing yet: only hints can move this rollout, and only its own timer can end the soak.
      work(neverMs);
      const { id, stage } = await promote('hinted', 4);
      await jobs.enqueue('rollout.advance', { rolloutId: id });
      await waitFor('the canary to be offered', async () => (await world.detail(id)).counts.offered === 1);
      const { rolloutIds } = await world.devices.report(stage.deviceIds, wholeSuccess);
      expect(rolloutIds).toEqual([id]);
      await jobs.enqueue('rollout.advance', { rolloutId: id });
      await waitFor('the end of the soak', async () => (await world.detail(id)).waves[1]?.state === 'running');
      await jobs.close();
    });

    it('when no hint ever arrives, the sweep does it all', async () => {
      work(50);
      const { id, stage } = await promote('silent', 6);
      const devices = keepDevicesReporting(world.devices, stage.deviceIds);
      await waitFor('the rollout to succeed', async () => (await stateOf(id)) === 'succeeded', { timeoutMs: 30_000 });
      await devices.stop();
    });

    it('when two workers run, the rollout is the same as with one', async () => {
      work(50);
      work(50);
      const { id, stage } = await promote('twice', 6);
      const jobs = createJobs({ ...queue, log: silentLog, timeoutMs: 20_000 });
      const devices = keepDevicesReporting(world.devices, stage.deviceIds);
      await waitFor(
        'the rollout to succeed',
        async () => {
          await jobs.enqueue('rollout.advance', { rolloutId: id });
          return (await stateOf(id)) === 'succeeded';
        },
        { timeoutMs: 30_000 },
      );
      await devices.stop();
      await jobs.close();
      const [attempts] = await world.store.query<object>('SELECT max(attempt) AS most FROM deployment WHERE rollout_id = $1', [id]);
      expect(attempts).toEqual({ most: 1 });
    });

    it('when stages take what is verified by themselves, one follows the other after its soak, and two workers promote once', async () => {
      const { store, fleet, devices } = world;
      const { id: applicationId } = await seedApplication(store, fleet.organization, 'By itself');
      const stages = [];
      const deviceIds: string[] = [];
      for (const name of ['dev', 'prod']) {
        const groupId = await seedGroup(store, fleet.organization, `${name} by itself`);
        const seeded = await seedDevices(store, fleet.organization, { count: 1, prefix: `${name}-itself`, groupIds: [groupId] });
        deviceIds.push(...seeded.ids);
        stages.push({ name, groupIds: [groupId], gates: { soakMs: 400, automatic: true } });
      }
      await seedPipeline(store, fleet.organization, { applicationId, stages });
      await seedRelease(store, fleet.organization, { applicationId });
      // Sweeps as in production: they repair what hints and timers miss.
      work(2_000);
      work(2_000);
      const jobs = createJobs({ ...queue, log: silentLog, timeoutMs: 20_000 });
      await jobs.enqueue('promotion.look', {});
      const rollouts = () =>
        store.query<{ id: string; state: string; origin: string }>(
          'SELECT r.id, r.state, p.origin FROM rollout r JOIN promotion p ON p.rollout_id = r.id WHERE r.application_id = $1 ORDER BY r.id',
          [applicationId],
        );
      await waitFor(
        'dev to be offered the release',
        async () => {
          const [dev] = await rollouts();
          // Running is not enough: the offer is a step of its own.
          return dev !== undefined && (await world.detail(dev.id)).counts.offered === 1;
        },
        { timeoutMs: 60_000 },
      );
      const { rolloutIds } = await devices.report(deviceIds, wholeSuccess);
      for (const rolloutId of rolloutIds) await jobs.enqueue('rollout.advance', { rolloutId });
      await waitFor('prod to follow', async () => (await rollouts())[1]?.state === 'running', { timeoutMs: 60_000 });
      await jobs.close();
      expect(await rollouts()).toMatchObject([
        { state: 'succeeded', origin: 'automatic' },
        { state: 'running', origin: 'automatic' },
      ]);
      const [made] = await store.query('SELECT count(*)::int AS promotions FROM promotion WHERE application_id = $1', [applicationId]);
      expect(made).toEqual({ promotions: 2 });
    });

    it('when a wave breaches after others changed, the worker signs the rollback with the sealed key of the organization', async () => {
      work(50);
      const { id: firstId, stage } = await promote('regretted', 4);
      const devices = keepDevicesReporting(world.devices, stage.deviceIds);
      await waitFor('the first release everywhere', async () => (await stateOf(firstId)) === 'succeeded', { timeoutMs: 30_000 });
      await devices.stop();
      const { id } = await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id });
      await waitFor('the canary', async () => (await world.detail(id)).counts.offered === 1);
      await world.devices.report(stage.deviceIds, wholeSuccess);
      await waitFor('the second wave', async () => (await world.detail(id)).waves[1]?.state === 'running');
      await world.devices.report(stage.deviceIds, wholeRollback);
      await waitFor('the end', async () => (await stateOf(id)) === 'failed');
      const rollback = await waitFor('the rollback', async () => {
        const rows = await world.store.query<{ id: string; state: string }>(`SELECT id, state FROM rollout WHERE rollback_of = $1`, [id]);
        return rows.find((row) => row.state === 'running');
      });
      await world.devices.report(stage.deviceIds, wholeSuccess);
      await waitFor('the rollback to end', async () => (await stateOf(rollback.id)) === 'succeeded');
    });
  });
});
