import { createJobs } from '@sluice/jobs';
import type { Log } from '@sluice/platform';
import type { RolloutHints } from './dependencies.ts';

/** Opens the way to the worker: BullMQ in Postgres, or in Redis when one is configured. */
export function openRolloutHints(
  where: { databaseUrl: string; redisUrl: string | undefined },
  log: Log,
): RolloutHints & { close(): Promise<void> } {
  const connection = where.redisUrl === undefined ? { connectionString: where.databaseUrl } : { redisUrl: where.redisUrl };
  const jobs = createJobs({ ...connection, log });
  return {
    advanceRollout: async (rolloutId) => {
      await jobs.enqueue('rollout.advance', { rolloutId }, { deduplicationKey: `rollout.advance/${rolloutId}` });
    },
    close: () => jobs.close(),
  };
}
