import { describe, expect, it } from 'vitest';
import { noPaint, paintFor } from './paint.ts';
import { type Column, fitWidths, formatFacts, formatTable } from './table.ts';
import { fitText, plainText, textWidth } from './text-width.ts';

type Item = { name: string; count: number };
const columns: Column<Item>[] = [
  { title: 'Name', value: (item) => item.name },
  { title: 'Count', value: (item) => String(item.count), align: 'right' },
];
const table = (items: Item[], width?: number): string[] => formatTable(items, columns, { paint: noPaint, columns: width });

describe('formatTable', () => {
  it('when there is no terminal, nothing is cut', () => {
    const name = 'x'.repeat(300);
    expect(table([{ name, count: 7 }])[1]).toBe(`${name}      7`);
  });

  it('when the terminal is narrow, the widest column gives way and every line fits', () => {
    const lines = table([{ name: 'a very long name of an application', count: 12 }], 20);
    expect(lines[1]).toBe('a very long …     12');
    expect(lines.every((line) => textWidth(line) <= 20)).toBe(true);
  });

  it('when names are wide, the columns still stand below each other', () => {
    const lines = table([
      { name: '生産ライン', count: 1 },
      { name: 'line 👍', count: 22 },
    ]);
    expect(lines).toEqual(['NAME        COUNT', '生産ライン      1', 'line 👍        22']);
  });

  it('when a name holds line breaks, colours or marks of direction, it stays on its line and does nothing', () => {
    expect(table([{ name: 'a\n\u001b[31mb\u202ec\u009b2J', count: 1 }])[1]).toBe('a \ufffd[31mb\ufffdc\ufffd2J      1');
  });
});

it('when even small columns do not fit, they are kept readable', () => {
  expect(fitWidths([30, 5, 40], 10)).toEqual([8, 5, 8]);
});

it('when a text is cut, an emoji is never halved', () => {
  expect(fitText('ab👍cd', 4)).toBe('ab…');
  expect(fitText('abcd', 4)).toBe('abcd');
  expect(plainText('  a \t b ')).toBe('a b');
});

it('when one thing is shown, its facts stand below each other, and what is empty is a dash', () => {
  expect(formatFacts({ name: '', count: 3 }, columns)).toEqual(['Name   –', 'Count  3']);
});

describe('paintFor', () => {
  it('when it is a terminal, states have colours', () => {
    expect(paintFor({ isTerminal: true }, {})('good', 'ok')).toBe('\u001b[32mok\u001b[39m');
  });

  it.each([
    ['NO_COLOR is set', { isTerminal: true }, { NO_COLOR: '1' }],
    ['the terminal is dumb', { isTerminal: true }, { TERM: 'dumb' }],
    ['it is no terminal', { isTerminal: false }, {}],
  ])('when %s, there are none', (_why, output, environment) => {
    expect(paintFor(output, environment)('good', 'ok')).toBe('ok');
  });
});
