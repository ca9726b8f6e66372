import type { Clock, Log } from '@sluice/platform';
import type { RolloutController } from './rollout-controller.ts';

export type SweepLoopDeps = {
  controller: Pick<RolloutController, 'sweep' | 'nextTimerAt'>;
  clock: Pick<Clock, 'now' | 'sleep'>;
  log: Log;
  /** Longest time between two sweeps. */
  intervalMs: number;
  signal: AbortSignal;
};

// A timer that is due already was seen by a sweep that could not do its work: no busy loop around a failure.
const pauseMsMin = 20;

/**
 * Sweeps at least every `intervalMs`, and earlier when a rollout waits for a time before that. Ends when the signal aborts; a failure (Postgres
 * restarts, say) is logged and the next sweep comes as usual.
 */
export async function runSweepLoop(deps: SweepLoopDeps): Promise<void> {
  const { clock, signal } = deps;
  let isFailing = false;
  while (!signal.aborted) {
    let pauseMs = deps.intervalMs;
    try {
      await deps.controller.sweep(signal);
      pauseMs = await pauseUntilNext(deps);
      if (isFailing) deps.log.info({}, 'sweeping again');
      isFailing = false;
    } catch (error) {
      if (signal.aborted) return;
      // Once: a database that is away for an hour shall not fill the log.
      if (!isFailing) deps.log.warn({ err: error }, 'could not look for rollouts with something to do; trying again');
      isFailing = true;
    }
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

async function pauseUntilNext({ controller, clock, intervalMs }: SweepLoopDeps): Promise<number> {
  const next = await controller.nextTimerAt();
  if (next === null) return intervalMs;
  return Math.min(intervalMs, Math.max(pauseMsMin, next - clock.now()));
}
