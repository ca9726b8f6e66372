import type { RolloutPolicy } from '@sluice/contracts';
import { createJobs } from '@sluice/jobs';
import { silentLog, systemClock } from '@sluice/platform';
import { type NodeChild, startNodeChild } from '@sluice/platform/process';
import { waitFor } from '@sluice/platform/testing';
import { applyMigrations } from '@sluice/store';
import {
  brokenRolloutInvariants,
  createRolloutWorld,
  keepDevicesReporting,
  type RolloutWorld,
  startTestPostgres,
  strictWave,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const policy: RolloutPolicy = {
  waves: [...[10, 25, 50, 75].map((percent) => strictWave({ kind: 'percent', percent }, 100)), strictWave({ kind: 'rest' })],
  order: 'random',
  deploymentDeadlineMs: 60_000,
  onBreach: 'abort',
};

describe('a worker process in trouble', () => {
  let world: RolloutWorld;
  let postgres: Awaited<ReturnType<typeof startTestPostgres>>;
  const children: NodeChild[] = [];

  const startProcess = async (): Promise<NodeChild> => {
    const child = await startNodeChild({
      name: 'worker',
      entry: new URL('./main.ts', import.meta.url).pathname,
      ready: 'message',
      environment: {
        PATH: process.env['PATH'],
        DATABASE_URL: world.connectionString,
        SLUICE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
        SLUICE_SWEEP_INTERVAL_MS: '100',
        SLUICE_LOG_LEVEL: 'warn',
      },
    });
    children.push(child);
    return child;
  };
  const promote = async (name: string) => {
    const stage = await world.fleet.addStage(name, { devices: 20, policy });
    const { id } = await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id });
    return { id, devices: keepDevicesReporting(world.devices, stage.deviceIds) };
  };
  const wavesDone = async (rolloutId: string) =>
    (await world.detail(rolloutId)).waves.filter((wave) => wave.state === 'succeeded' || wave.state === 'skipped').length;
  const success = (rolloutId: string) =>
    waitFor('the rollout to succeed', async () => (await world.detail(rolloutId)).state === 'succeeded', { timeoutMs: 60_000 });

  beforeAll(async () => {
    postgres = await startTestPostgres();
    await applyMigrations(postgres.connectionString);
    const database = { connectionString: postgres.connectionString, drop: () => postgres.stop() };
    world = await createRolloutWorld({ clock: systemClock, database });
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    expect(await brokenRolloutInvariants(world.store)).toEqual([]);
  });
  afterAll(() => world.close());

  it('when it is killed in the middle of a rollout, the next one goes on where the truth says, and no wave starts twice', async () => {
    const { id, devices } = await promote('killed');
    const child = await startProcess();
    await waitFor('two waves', async () => (await wavesDone(id)) >= 2, { timeoutMs: 60_000 });
    child.kill('SIGKILL');
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
    await startProcess();
    await success(id);
    await devices.stop();
  });

  it('when Postgres restarts and is killed in the middle of a rollout, the same worker goes on, and nothing acknowledged is lost', async () => {
    const { id, devices } = await promote('restarted');
    const child = await startProcess();
    await waitFor('one wave', async () => (await wavesDone(id)) >= 1, { timeoutMs: 60_000 });
    await postgres.restart('fast');
    await waitFor('two waves', async () => (await wavesDone(id)) >= 2, { timeoutMs: 60_000 });
    await postgres.restart('kill');
    await success(id);
    await devices.stop();
    expect(await child.stop()).toMatchObject({ code: 0 });
  });

  it('when the queue is lost with all its jobs, the rollout goes on', async () => {
    const { id, devices } = await promote('forgotten');
    const jobs = createJobs({ connectionString: world.connectionString, log: silentLog, timeoutMs: 20_000 });
    await startProcess();
    await jobs.enqueue('rollout.advance', { rolloutId: id });
    await waitFor('one wave', async () => (await wavesDone(id)) >= 1, { timeoutMs: 60_000 });
    await world.store.pool.query('DROP SCHEMA bullmq CASCADE');
    expect(await jobs.enqueue('rollout.advance', { rolloutId: id })).toBe(false);
    await success(id);
    await devices.stop();
    await jobs.close();
  });

  it('when it is asked to end, it ends in order', async () => {
    const child = await startProcess();
    expect(await child.stop()).toEqual({ code: 0, signal: null });
  });
});
