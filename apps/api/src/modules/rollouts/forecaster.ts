// INVARIANTS
// 1. Rollouts are simulated in a thread of their own: nobody's request waits for the forecast of another's.
// 2. Every question ends: with an answer, or with UNAVAILABLE when the thread died, took too long or has too much to do.
import type { Clock } from '@sluice/platform';
import type { ForecastInput, RolloutOutlook } from '@sluice/rollout/forecast';
import { ApiError } from '../../problems/api-error.ts';
import { createThread } from '../policies/thread.ts';

export type Forecaster = {
  /** @throws ApiError UNAVAILABLE */
  ask(input: ForecastInput): Promise<RolloutOutlook>;
  close(): Promise<void>;
};

/** The largest fleets take about four seconds. */
const timeoutMs = 60_000;
const waitingMax = 8;

/** Starts nothing yet: the thread comes with the first question. */
export function createForecaster({ clock }: { clock: Pick<Clock, 'setTimer'> }): Forecaster {
  const thread = createThread<ForecastInput, RolloutOutlook>(new URL('./forecast-worker.ts', import.meta.url), {
    ...{ clock, timeoutMs, waitingMax },
  });
  return {
    ask: async (input) => {
      const outcome = await thread.ask(input);
      if (outcome.kind === 'done') return outcome.answer;
      const why = { timed_out: 'it takes too long', busy: 'too many are asked for already', failed: 'it failed' }[outcome.kind];
      const detail = `The rollout cannot be simulated now: ${why}. Try again in a moment.`;
      throw new ApiError('UNAVAILABLE', detail, { headers: { 'retry-after': '2' } });
    },
    close: thread.close,
  };
}
