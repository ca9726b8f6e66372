/**
 * Moves rollouts on. INVARIANTS
 * - Everything to do is derived from Postgres: jobs only say where to look first. Without any job the sweep does it all, a little later.
 * - One rollout that cannot be stepped keeps no other one from going on.
 */
import type { Jobs } from '@sluice/jobs';
import type { Clock, Log } from '@sluice/platform';
import { dueRollouts, nextRolloutTimer, type ReleaseSigner, type Store, StoreUnavailableError, stepRollout } from '@sluice/store';

export type RolloutControllerDeps = {
  store: Store;
  clock: Clock;
  log: Log;
  jobs: Pick<Jobs, 'enqueue'>;
  releaseSigner: ReleaseSigner;
};

export type RolloutController = {
  /** Brings one rollout as far as it can go now. */
  advance(rolloutId: string, signal: AbortSignal): Promise<void>;
  /** Advances every rollout with something to do. @returns how many there were */
  sweep(signal: AbortSignal): Promise<number>;
  /** When the next rollout waits for a time, in milliseconds since 1970; null when none does. */
  nextTimerAt(): Promise<number | null>;
};

export function createRolloutController(deps: RolloutControllerDeps): RolloutController {
  const { store, clock, log, jobs, releaseSigner } = deps;

  const advance: RolloutController['advance'] = async (rolloutId, signal) => {
    const { decisions, otherRolloutIds } = await stepRollout(store, rolloutId, { releaseSigner, signal });
    if (decisions > 0) log.info({ rolloutId, decisions }, 'rollout moved on');
    for (const id of otherRolloutIds) await jobs.enqueue('rollout.advance', { rolloutId: id });
    // Promotions may have waited for it, in its stage or in those after it.
    if (decisions > 0) await jobs.enqueue('promotion.look', {});
  };

  return {
    advance,
    sweep: async (signal) => {
      const due = await dueRollouts(store, new Date(clock.now()));
      for (const rolloutId of due) {
        if (signal.aborted) break;
        try {
          await advance(rolloutId, signal);
        } catch (error) {
          // Without Postgres the others fail as well: the next sweep begins anew.
          if (error instanceof StoreUnavailableError || signal.aborted) throw error;
          log.error({ err: error, rolloutId }, 'a rollout could not be moved on; the next sweep tries again');
        }
      }
      return due.length;
    },
    nextTimerAt: async () => (await nextRolloutTimer(store))?.getTime() ?? null,
  };
}
