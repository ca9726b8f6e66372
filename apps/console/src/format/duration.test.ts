import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration } from './duration.ts';

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [-5, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [2_500, '2.5 s'],
    [59_900, '59 s'],
    [60_000, '1 min'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [90_061_000, '1 d 1 h'],
  ])('when %d ms are given, it says "%s"', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatAge', () => {
  it.each([
    [1_000_000, 'just now'],
    [1_000_000 + 60_000, 'just now'],
    [1_000_000 - 30_000, '30 s ago'],
    [1_000_000 - 61_000, '1 min ago'],
    [1_000_000 - 7_300_000, '2 h ago'],
  ])('when it was at %d and now is 1000000, it says "%s"', (at, text) => {
    expect(formatAge(at, 1_000_000)).toBe(text);
  });
});
