import { createJobs } from '@sluice/jobs';
import type { Log } from '@sluice/platform';
import type { GitHints, PromotionHints, RolloutHints } from './dependencies.ts';

/** Opens the way to the worker: BullMQ in Postgres, or in Redis when one is configured. */
export function openJobHints(
  where: { databaseUrl: string; redisUrl: string | undefined },
  log: Log,
): RolloutHints & PromotionHints & GitHints & { close(): Promise<void> } {
  const connection = where.redisUrl === undefined ? { connectionString: where.databaseUrl } : { redisUrl: where.redisUrl };
  const jobs = createJobs({ ...connection, log });
  return {
    advanceRollout: async (rolloutId) => {
      await jobs.enqueue('rollout.advance', { rolloutId }, { deduplicationKey: `rollout.advance/${rolloutId}` });
    },
    lookAtPromotions: async () => void (await jobs.enqueue('promotion.look', {})),
    pushToMirror: async (gitRemoteId) => void (await jobs.enqueue('git.mirror', { gitRemoteId })),
    importFromRemote: async (gitRemoteId) => void (await jobs.enqueue('git.import', { gitRemoteId })),
    close: () => jobs.close(),
  };
}
