import type { Log } from '@sluice/platform';

/** Gives hints about rollouts without anybody waiting for it. */
export type HintGiver = { give(rolloutIds: readonly string[]): void };

/**
 * One hint per rollout is under way at a time; those asked for meanwhile become one that follows it. So a queue that answers slowly, or not at
 * all, costs a fixed amount, and never holds up the reports that the hints are about.
 */
export function createHintGiver(onRollout: (rolloutId: string) => Promise<void>, log: Pick<Log, 'warn'>): HintGiver {
  /** By rollout: whether another hint shall follow the one under way. */
  const underWay = new Map<string, boolean>();

  const giveOne = async (rolloutId: string): Promise<void> => {
    do {
      underWay.set(rolloutId, false);
      await onRollout(rolloutId).catch((error: unknown) => log.warn({ err: error, rolloutId }, 'could not enqueue'));
    } while (underWay.get(rolloutId) === true);
    underWay.delete(rolloutId);
  };
  return {
    give: (rolloutIds) => {
      for (const rolloutId of rolloutIds) {
        if (underWay.has(rolloutId)) underWay.set(rolloutId, true);
        else void giveOne(rolloutId);
      }
    },
  };
}
