import type { Clock, Log } from '@sluice/platform';
import type { RolloutController } from './rollout-controller.ts';

export type SweepLoopDeps = {
  /** Of rollouts, or of promotions. */
  controller: Pick<RolloutController, 'sweep' | 'nextTimerAt'>;
  clock: Pick<Clock, 'now' | 'sleep'>;
  log: Log;
  /** Longest time between two sweeps. */
  intervalMs: number;
  signal: AbortSignal;
};

export type SweepLoop = {
  /** Runs until the signal aborts. A failure (Postgres restarts, say) is logged, and the next sweep comes as usual. */
  run(): Promise<void>;
  /** Look at the timers again: a rollout may wait for an earlier time than before. */
  wake(): void;
};

/** Sweeps at least every `intervalMs`, and exactly when a rollout waits for a time before that. */
export function createSweepLoop(deps: SweepLoopDeps): SweepLoop {
  const { controller, clock, log, intervalMs, signal } = deps;
  let waking = new AbortController();
  let isFailing = false;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.NEGATIVE_INFINITY;

  const turn = async (): Promise<void> => {
    if (clock.now() >= dueAt) {
      sweptAt = clock.now();
      dueAt = sweptAt + intervalMs;
      await controller.sweep(signal);
    }
    const timerAt = await controller.nextTimerAt();
    // A timer that the last sweep has seen already could not be served: it waits for the next regular sweep, not in a busy loop.
    dueAt = sweptAt + intervalMs;
    if (timerAt !== null && timerAt > sweptAt) dueAt = Math.min(dueAt, timerAt);
    if (isFailing) log.info({}, 'looking for what is due again');
    isFailing = false;
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      waking = new AbortController();
      try {
        await turn();
      } catch (error) {
        // Once: a database that is away for an hour shall not fill the log.
        if (!isFailing && !signal.aborted) log.warn({ err: error }, 'could not look for what is due; trying again');
        isFailing = true;
      }
      const pauseMs = Math.max(0, dueAt - clock.now());
      await clock.sleep(pauseMs, AbortSignal.any([signal, waking.signal])).catch(() => undefined);
    }
  };
  return { run, wake: () => waking.abort(new Error('woken')) };
}
