import { type Log, silentLog } from '@sluice/platform/log';
import { waitFor } from '@sluice/platform/testing';
import { createTestDatabase, startRedis } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openQueue, type QueueConnection } from './connection.ts';
import { createJobRunner, type JobHandlers, type JobRunner } from './create-job-runner.ts';
import { createJobs, type Jobs } from './create-jobs.ts';

type Backend = { connection: QueueConnection; stop(): Promise<void> };

const redis = await startRedis();
const backends: Record<string, (() => Promise<Backend>) | undefined> = {
  Postgres: async () => {
    const database = await createTestDatabase();
    return { connection: { connectionString: database.connectionString }, stop: () => database.drop() };
  },
  Redis: redis === undefined ? undefined : async () => ({ connection: { redisUrl: redis.url }, stop: () => redis.stop() }),
};
if (redis === undefined) console.warn('redis-server was not found: the queue is not tested on Redis (apt-get install redis-server)');

const ids = Array.from({ length: 9 }, (_, index) => `0198a000-0000-7000-8000-00000000000${index}`);
const idAt = (index: number): string => ids[index] ?? '';

describe.each(Object.keys(backends))('the queue on %s', (name) => {
  const start = backends[name];
  describe.skipIf(start === undefined)('conformance', () => {
    let backend: Backend;
    let jobs: Jobs;
    const runners: JobRunner[] = [];

    const run = (handlers: Partial<JobHandlers>): JobRunner => {
      const ignore = async (): Promise<void> => undefined;
      const runner = createJobRunner({
        ...backend.connection,
        log: silentLog,
        handlers: {
          'rollout.advance': ignore,
          'rollout.sweep': ignore,
          'promotion.look': ignore,
          'retention.sweep': ignore,
          'git.mirror': ignore,
          'git.import': ignore,
          ...handlers,
        },
      });
      runners.push(runner);
      return runner;
    };

    beforeAll(async () => {
      if (start === undefined) return;
      backend = await start();
      jobs = createJobs({ ...backend.connection, log: silentLog, timeoutMs: 20_000 });
    });
    afterEach(async () => {
      await Promise.all(runners.splice(0).map((runner) => runner.close()));
    });
    afterAll(async () => {
      await jobs.close();
      await backend.stop();
    });

    it('when a job is enqueued, its handler gets the payload', async () => {
      const seen: string[] = [];
      run({ 'rollout.advance': async ({ rolloutId }) => void seen.push(rolloutId) });
      expect(await jobs.enqueue('rollout.advance', { rolloutId: idAt(0) })).toBe(true);
      await waitFor('the job', () => seen.length === 1);
      expect(seen).toEqual([idAt(0)]);
    });

    it('when the same hint is given many times before anybody looks, it is looked at once', async () => {
      const seen: string[] = [];
      for (let count = 0; count < 5; count += 1) await jobs.enqueue('rollout.advance', { rolloutId: idAt(1) });
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(2) });
      run({ 'rollout.advance': async ({ rolloutId }) => void seen.push(rolloutId) });
      await waitFor('the last job', () => seen.includes(idAt(2)));
      expect(seen).toEqual([idAt(1), idAt(2)]);
    });

    it('when a hint comes while its job runs, the job runs once more afterwards', async () => {
      const first = Promise.withResolvers<void>();
      let started = 0;
      run({
        'rollout.advance': async () => {
          started += 1;
          if (started === 1) await first.promise;
        },
      });
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(3) });
      await waitFor('the first run', () => started === 1);
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(3) });
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(3) });
      expect(started).toBe(1);
      first.resolve();
      await waitFor('the second run', () => started === 2);
    });

    it('when a handler fails, the job is tried again', async () => {
      let tries = 0;
      run({
        'rollout.advance': async () => {
          tries += 1;
          if (tries === 1) throw new Error('not yet');
        },
      });
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(4) });
      await waitFor('the second try', () => tries === 2);
    });

    it('when a delayed job waits, a job for now is not held up by it', async () => {
      const seen: string[] = [];
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(5) }, { delayMs: 3_600_000 });
      run({ 'rollout.advance': async ({ rolloutId }) => void seen.push(rolloutId) });
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(5) });
      await waitFor('the job', () => seen.length === 1);
    });

    it('when a job of the queue has a payload that the catalogue does not know, no handler sees it and the next job runs', async () => {
      const seen: string[] = [];
      const queue = openQueue(backend.connection);
      await queue.add('rollout.advance', { rolloutId: 'not an id' });
      await queue.add('rollout.forgotten', {});
      await queue.close();
      run({ 'rollout.advance': async ({ rolloutId }) => void seen.push(rolloutId) });
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(6) });
      await waitFor('the job', () => seen.length > 0);
      expect(seen).toEqual([idAt(6)]);
    });

    it('when the payload is not what the catalogue says, enqueue refuses it', async () => {
      await expect(jobs.enqueue('rollout.advance', { rolloutId: 'not an id' })).rejects.toThrow(TypeError);
    });

    it('when the runner closes, it aborts the signals of running jobs and waits for them', async () => {
      let ended = false;
      const started = Promise.withResolvers<void>();
      const runner = run({
        'rollout.advance': async (_payload, { signal }) => {
          started.resolve();
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          ended = true;
        },
      });
      await jobs.enqueue('rollout.advance', { rolloutId: idAt(7) });
      await started.promise;
      await runner.close();
      expect(ended).toBe(true);
    });
  });
});

describe('a queue that is down', () => {
  it.each([
    { connection: { connectionString: 'postgres://nobody@127.0.0.1:1/nothing' } },
    { connection: { redisUrl: 'redis://127.0.0.1:1' } },
  ])('when it is $connection, enqueue tells so instead of failing, and says so in the log', async ({ connection }) => {
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
    const jobs = createJobs({ ...connection, log, timeoutMs: 200 });
    expect(await jobs.enqueue('rollout.advance', { rolloutId: idAt(8) })).toBe(false);
    expect(warnings).toContain('a job could not be enqueued; the sweep will find its work');
    await jobs.close();
  });

  it('when Redis goes away under a runner, it closes all the same', async (context) => {
    const own = await startRedis();
    if (own === undefined) return context.skip('no redis-server here');
    const ignore = async (): Promise<void> => undefined;
    const handlers: JobHandlers = {
      'rollout.advance': ignore,
      'rollout.sweep': ignore,
      'promotion.look': ignore,
      'retention.sweep': ignore,
      'git.mirror': ignore,
      'git.import': ignore,
    };
    const runner = createJobRunner({ redisUrl: own.url, log: silentLog, handlers });
    await runner.ready();
    await own.stop();
    await expect(runner.close()).resolves.toBeUndefined();
  }, 20_000);
});
