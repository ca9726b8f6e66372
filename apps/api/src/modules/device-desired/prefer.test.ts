import { describe, expect, it } from 'vitest';
import { pollAfterMs, retryAfterSeconds, spreadOf } from './poll-interval.ts';
import { matchesEtag, preferredWaitSeconds } from './prefer.ts';

describe('preferredWaitSeconds', () => {
  it.each([
    ['wait=25', 25],
    ['respond-async, wait=10; foo', 10],
    ['Wait = "7"', 7],
    ['wait=3, wait=9', 3],
    ['wait=600', 60],
    [['handling=strict', 'wait=5'], 5],
    ['wait=-1', 0],
    ['wait=1.5', 0],
    ['waits=4', 0],
    ['', 0],
    [undefined, 0],
  ])('when the header is %j, it is %d', (header, seconds) => {
    expect(preferredWaitSeconds(header)).toBe(seconds);
  });
});

describe('matchesEtag', () => {
  it.each([
    ['"5"', true],
    ['W/"5"', true],
    ['"4", "5"', true],
    ['*', true],
    ['"55"', false],
    ['5', false],
    [undefined, false],
  ])('when If-None-Match is %j, it is %s', (header, matches) => {
    expect(matchesEtag(header, '"5"')).toBe(matches);
  });
});

describe('spreadOf', () => {
  const ids = [...Array(10_000).keys()].map((index) => `019b0000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`);

  it('when ids follow each other, they are spread evenly', () => {
    const tenths = new Map<number, number>();
    for (const id of ids) tenths.set(Math.floor(spreadOf(id) * 10), (tenths.get(Math.floor(spreadOf(id) * 10)) ?? 0) + 1);
    expect([...tenths.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const count of tenths.values()) expect(count).toBeGreaterThan(800);
  });

  it('when an interval or a delay is made of it, it stays in its bounds and is always the same for a device', () => {
    for (const id of ids) {
      expect(pollAfterMs(id, 1_000)).toBeGreaterThanOrEqual(500);
      expect(pollAfterMs(id, 1_000)).toBeLessThanOrEqual(1_500);
      expect(retryAfterSeconds(id)).toBeGreaterThanOrEqual(5);
      expect(retryAfterSeconds(id)).toBeLessThanOrEqual(35);
    }
    expect(pollAfterMs('a', 1_000)).toBe(pollAfterMs('a', 1_000));
  });
});
