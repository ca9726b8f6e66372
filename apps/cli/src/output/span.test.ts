import { expect, it } from 'vitest';
import { formatSpan } from './span.ts';

it.each([
  [0, '0 s'],
  [999, '0 s'],
  [45_000, '45 s'],
  [60_000, '1 min'],
  [111_000, '1 min 51 s'],
  [7_500_000, '2 h 5 min'],
  [86_400_000 + 59_000, '1 d'],
  [12 * 86_400_000 + 3_600_000, '12 d 1 h'],
])('when %d milliseconds are shown, it is %s', (milliseconds, text) => {
  expect(formatSpan(milliseconds)).toBe(text);
});
