import { describe, expect, it } from 'vitest';

import { parseRetryAfter, type RetryPolicy, retry, retryDelayMs } from './retry.ts';
import { seededRandom, VirtualClock } from './testing/index.ts';

const policy: RetryPolicy = { attemptsMax: 4, baseDelayMs: 100, delayMsMax: 300 };
const half = { fraction: () => 0.5 };

describe('retryDelayMs', () => {
  it('when failures add up, the ceiling doubles until the cap, and jitter takes a fraction of it', () => {
    expect([1, 2, 3, 4, 2_000].map((attempt) => retryDelayMs(attempt, policy, { random: half }))).toEqual([50, 100, 150, 150, 150]);
  });

  it('when jitter is drawn, it covers the whole range from zero to the ceiling', () => {
    const random = seededRandom(3);
    const delays = Array.from({ length: 300 }, () => retryDelayMs(3, policy, { random }));
    expect(Math.min(...delays)).toBeLessThan(30);
    expect(Math.max(...delays)).toBeGreaterThan(270);
    expect(Math.max(...delays)).toBeLessThanOrEqual(300);
  });

  it('when the other side names a time, it is never shortened and may exceed the own cap', () => {
    expect(retryDelayMs(1, policy, { random: { fraction: () => 0 }, retryAfterMs: 5_000 })).toBe(5_000);
    expect(retryDelayMs(1, policy, { random: half, retryAfterMs: 5_000 })).toBe(5_050);
  });

  it('when the other side names an absurd time, it is cut', () => {
    expect(retryDelayMs(1, { ...policy, retryAfterMsMax: 60_000 }, { random: { fraction: () => 0 }, retryAfterMs: 1e12 })).toBe(60_000);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['1.5', undefined],
    ['-3', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('when the header is %j, it is %j milliseconds', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});

function failing(times: number) {
  const calls: number[] = [];
  return {
    calls,
    operation: async (attempt: number) => {
      calls.push(attempt);
      if (calls.length <= times) throw new Error(`failure ${attempt}`);
      return 'done';
    },
  };
}

describe('retry', () => {
  it('when the operation succeeds at the third call, it waits twice and returns the result', async () => {
    const clock = new VirtualClock(0);
    const { operation, calls } = failing(2);
    const result = retry(operation, { clock, random: half, policy });
    await clock.advance(150);
    expect(await result).toBe('done');
    expect(calls).toEqual([1, 2, 3]);
  });

  it('when all attempts fail, it throws the last error', async () => {
    const clock = new VirtualClock();
    const { operation, calls } = failing(99);
    const result = retry(operation, { clock, random: half, policy }).catch((error: Error) => error.message);
    await clock.advance(10_000);
    expect(await result).toBe('failure 4');
    expect(calls).toHaveLength(4);
  });

  it('when an error is not worth a retry, it throws at once', async () => {
    const { operation, calls } = failing(99);
    const result = retry(operation, { clock: new VirtualClock(), random: half, policy, isRetryable: () => false });
    await expect(result).rejects.toThrow('failure 1');
    expect(calls).toHaveLength(1);
  });

  it('when the signal aborts while it waits, it throws the reason and calls no more', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const { operation, calls } = failing(99);
    const result = retry(operation, { clock, random: half, policy, signal: controller.signal }).catch((error: Error) => error.message);
    await clock.advance(1);
    controller.abort(new Error('shutting down'));
    expect(await result).toBe('shutting down');
    await clock.advance(10_000);
    expect(calls).toHaveLength(1);
  });

  it('when the signal has aborted before, the operation is never called', async () => {
    const { operation, calls } = failing(0);
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(retry(operation, { clock: new VirtualClock(), random: half, policy, signal })).rejects.toThrow('too late');
    expect(calls).toEqual([]);
  });

  it('when the signal aborts during the last attempt, it throws the reason and not what the abort caused', async () => {
    const controller = new AbortController();
    const operation = async () => {
      controller.abort(new Error('shutting down'));
      throw new Error('socket closed');
    };
    const options = { clock: new VirtualClock(), random: half, policy: { ...policy, attemptsMax: 1 }, signal: controller.signal };
    await expect(retry(operation, options)).rejects.toThrow('shutting down');
  });

  it('when the error carries a Retry-After, it waits that long', async () => {
    const clock = new VirtualClock();
    const { operation, calls } = failing(1);
    const result = retry(operation, { clock, random: { fraction: () => 0 }, policy, retryAfterMs: () => 5_000 });
    await clock.advance(4_999);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(await result).toBe('done');
  });
});
