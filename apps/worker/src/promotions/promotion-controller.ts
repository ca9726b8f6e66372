/**
 * Starts promotions. INVARIANTS
 * - Everything to do is derived from Postgres: jobs and timers only say when to look.
 * - Looks of this process come one after the other; two processes are kept apart by the locks of stages.
 */
import type { Jobs } from '@sluice/jobs';
import type { Clock, Log } from '@sluice/platform';
import { lookAtPromotions, nextPromotionLook, type ReleaseSigner, type Store } from '@sluice/store';

export type PromotionControllerDeps = {
  store: Store;
  clock: Pick<Clock, 'now'>;
  log: Log;
  jobs: Pick<Jobs, 'enqueue'>;
  releaseSigner: ReleaseSigner;
};

export type PromotionController = {
  /** Starts what waits and is eligible now. @returns how many started or were made */
  sweep(signal: AbortSignal): Promise<number>;
  /** When time alone may unblock something, in milliseconds since 1970, perhaps already; null when nothing waits for a time. */
  nextTimerAt(): Promise<number | null>;
};

export function createPromotionController({ store, clock, log, jobs, releaseSigner }: PromotionControllerDeps): PromotionController {
  let lookAgainAt: number | null = null;
  let lookedAt = clock.now();
  let turn: Promise<unknown> = Promise.resolve();

  const look = async (signal: AbortSignal): Promise<number> => {
    const now = clock.now();
    const looked = await lookAtPromotions(store, { now: new Date(now), signal, releaseSigner });
    lookedAt = now;
    lookAgainAt = looked.lookAgainAt;
    for (const { stageId, error } of looked.failures) {
      log.error({ err: error, stageId }, 'a promotion into the stage could not be started; the next look tries again');
    }
    for (const rolloutId of looked.rolloutIds) await jobs.enqueue('rollout.advance', { rolloutId });
    const { rolloutIds, promotionIds } = looked;
    if (rolloutIds.length + promotionIds.length > 0) log.info({ rolloutIds, promotionIds }, 'promotions moved on');
    return new Set([...rolloutIds, ...promotionIds]).size;
  };

  return {
    sweep: (signal) => {
      const mine = turn.then(() => look(signal));
      turn = mine.catch(() => undefined);
      return mine;
    },
    nextTimerAt: async () => {
      // Of what waits Postgres knows; of what stages will take by themselves the last look does.
      // A time that has come while the last look went on is one that it has not seen.
      const stored = (await nextPromotionLook(store, new Date(lookedAt)))?.getTime() ?? null;
      return stored === null ? lookAgainAt : lookAgainAt === null ? stored : Math.min(stored, lookAgainAt);
    },
  };
}
