import { expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

it.each([
  ['500ms', 500],
  ['90', 90_000],
  ['90s', 90_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['0', 0],
])('when a duration is written as %s, it is so many milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

it.each(['', 's', '-1s', '1.5h', '10 m', '1h30m', '9999999999s', 'toString'])('when %j is written, it is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
