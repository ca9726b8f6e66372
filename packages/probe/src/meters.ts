/** Counts messages and gives their rate over the last seconds. */
export type RateMeter = {
  add(count: number): void;
  total(): number;
  /** Per second, over the time between the oldest kept sample and now. */
  perSecond(): number;
  /** Takes a sample; call it about once a second. */
  sample(): void;
};

const samplesMax = 10;

/** @param now milliseconds that never jump */
export function createRateMeter(now: () => number): RateMeter {
  let total = 0;
  const samples: { at: number; total: number }[] = [{ at: now(), total: 0 }];
  return {
    add: (count) => {
      total += count;
    },
    total: () => total,
    perSecond: () => {
      const oldest = samples[0];
      const elapsedMs = oldest === undefined ? 0 : now() - oldest.at;
      if (oldest === undefined || elapsedMs <= 0) return 0;
      return Math.round(((total - oldest.total) * 100_000) / elapsedMs) / 100;
    },
    sample: () => {
      samples.push({ at: now(), total });
      if (samples.length > samplesMax) samples.shift();
    },
  };
}

/** The part of `perf_hooks.monitorEventLoopDelay()` that is used; its figures are nanoseconds. */
export type DelayHistogram = { readonly max: number; reset(): void };

/** The longest time the event loop was blocked, over the current and the last full period. */
export type LagMeter = {
  lagMs(): number;
  /** Ends a period. */
  roll(): void;
};

/** @param resolutionMs the histogram's own timer interval, which it counts as delay */
export function createLagMeter(histogram: DelayHistogram, resolutionMs: number): LagMeter {
  let last = 0;
  const current = (): number => Math.max(0, histogram.max / 1e6 - resolutionMs);
  return {
    lagMs: () => Math.round(Math.max(last, current()) * 10) / 10,
    roll: () => {
      last = current();
      histogram.reset();
    },
  };
}
