import { expect, it } from 'vitest';
import { numberedLines } from './numbered-lines.ts';

it('when lines come and go, each side counts its own', () => {
  const lines = [' a', '-b', '-c', '+d', ' e'].map((line) => ({ change: line.charAt(0) as ' ' | '-' | '+', text: line.slice(1) }));
  const numbered = numberedLines({ beforeStart: 7, afterStart: 9, lines });
  expect(numbered.map(({ before, after, text }) => [before, after, text])).toEqual([
    [7, 9, 'a'],
    [8, null, 'b'],
    [9, null, 'c'],
    [null, 10, 'd'],
    [10, 11, 'e'],
  ]);
});
