import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.tsx';
import { createCoalescer } from './coalesce.ts';

/** A clock that stands still until it is told to move on. */
function createTestClock() {
  let now = 0;
  const timers = new Set<{ at: number; callback: () => void }>();
  const clock: Clock = {
    now: () => now,
    setTimer: (delayMs, callback) => {
      const timer = { at: now + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const advance = (ms: number): void => {
    now += ms;
    for (const timer of [...timers].filter(({ at }) => at <= now)) {
      timers.delete(timer);
      timer.callback();
    }
  };
  return { clock, advance, waiting: () => timers.size };
}

/** Runs that end when the test says so. */
function createRuns(now: () => number) {
  const startedAt: number[] = [];
  let finish: () => void = () => undefined;
  const run = (): Promise<void> => {
    startedAt.push(now());
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  return {
    startedAt,
    run,
    finish: async () => {
      finish();
      await settled();
    },
  };
}

/** Lets promises that are resolved call back. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

describe('createCoalescer', () => {
  it('when an id was quiet, it runs at once', () => {
    const { clock } = createTestClock();
    const runs = createRuns(clock.now);
    createCoalescer(clock, runs.run).request('a', null, 250);
    expect(runs.startedAt).toEqual([0]);
  });

  it('when many requests come in a short time, one more run follows after the interval', async () => {
    const { clock, advance } = createTestClock();
    const runs = createRuns(clock.now);
    const coalescer = createCoalescer(clock, runs.run);
    for (let request = 0; request < 10; request += 1) coalescer.request('a', null, 250);
    await runs.finish();
    advance(249);
    expect(runs.startedAt).toEqual([0]);
    advance(1);
    expect(runs.startedAt).toEqual([0, 250]);
    await runs.finish();
    advance(10_000);
    expect(runs.startedAt).toEqual([0, 250]);
  });

  it('when an answer is slower than the interval, the next run waits for it and is not lost', async () => {
    const { clock, advance } = createTestClock();
    const runs = createRuns(clock.now);
    const coalescer = createCoalescer(clock, runs.run);
    coalescer.request('a', null, 250);
    advance(900);
    coalescer.request('a', null, 250);
    expect(runs.startedAt).toEqual([0]);
    await runs.finish();
    expect(runs.startedAt).toEqual([0, 900]);
  });

  it('when ids differ, they do not wait for each other', () => {
    const { clock } = createTestClock();
    const runs = createRuns(clock.now);
    const coalescer = createCoalescer(clock, runs.run);
    coalescer.request('a', null, 250);
    coalescer.request('b', null, 250);
    expect(runs.startedAt).toEqual([0, 0]);
  });

  it('when it is cancelled, nothing that was planned happens', async () => {
    const { clock, advance, waiting } = createTestClock();
    const runs = createRuns(clock.now);
    const coalescer = createCoalescer(clock, runs.run);
    coalescer.request('a', null, 250);
    await runs.finish();
    coalescer.request('a', null, 250);
    expect(waiting()).toBe(1);
    coalescer.cancel();
    advance(1_000);
    expect(runs.startedAt).toEqual([0]);
  });

  it('when a run fails, the next request still runs', async () => {
    const { clock, advance } = createTestClock();
    let runs = 0;
    const coalescer = createCoalescer(clock, () => {
      runs += 1;
      return Promise.reject(new Error('no connection'));
    });
    coalescer.request('a', null, 250);
    await settled();
    advance(300);
    coalescer.request('a', null, 250);
    expect(runs).toBe(2);
  });
});
