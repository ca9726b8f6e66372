import { type Log, silentLog } from '@sluice/platform';
import { VirtualClock } from '@sluice/platform/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSweepLoop, type SweepLoop } from './sweep-loop.ts';

describe('the sweep loop', () => {
  let clock: VirtualClock;
  let ending: AbortController;
  let loop: SweepLoop;
  let running: Promise<void>;
  let startMs: number;
  const sweeps: number[] = [];
  const warnings: string[] = [];
  let timerAt: number | null;
  let failure: Error | null;

  beforeEach(() => {
    clock = new VirtualClock();
    ending = new AbortController();
    startMs = clock.now();
    sweeps.length = 0;
    warnings.length = 0;
    timerAt = null;
    failure = null;
    const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
    const controller = {
      sweep: async () => {
        sweeps.push(clock.now() - startMs);
        if (failure !== null) throw failure;
        return 0;
      },
      nextTimerAt: async () => timerAt,
    };
    loop = createSweepLoop({ controller, clock, log, intervalMs: 1_000, signal: ending.signal });
    running = loop.run();
  });
  afterEach(async () => {
    ending.abort();
    await running;
  });

  it('when nothing happens, it sweeps at once and then every interval', async () => {
    await clock.advance(2_500);
    expect(sweeps).toEqual([0, 1_000, 2_000]);
  });

  it('when a rollout waits for an earlier time, it sweeps exactly then', async () => {
    timerAt = startMs + 1_300;
    await clock.advance(2_400);
    expect(sweeps).toEqual([0, 1_000, 1_300, 2_300]);
  });

  it('when it is woken, it learns of a new timer without sweeping before it', async () => {
    await clock.advance(100);
    timerAt = startMs + 250;
    loop.wake();
    await clock.advance(149);
    expect(sweeps).toEqual([0]);
    await clock.advance(1);
    expect(sweeps).toEqual([0, 250]);
  });

  it('when a timer is past and cannot be served, it is tried again at the next regular sweep and not in between', async () => {
    timerAt = startMs - 5;
    await clock.advance(2_000);
    expect(sweeps).toEqual([0, 1_000, 2_000]);
  });

  it('when sweeps fail, it keeps its interval and complains once', async () => {
    failure = new Error('no database');
    await clock.advance(3_000);
    expect(sweeps).toEqual([0, 1_000, 2_000, 3_000]);
    expect(warnings).toHaveLength(1);
  });
});
