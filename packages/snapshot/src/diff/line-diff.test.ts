import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyHunks, lineHunks } from './line-diff.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

describe('lineHunks', () => {
  it('when nothing changed, there are none', () => {
    expect(lineHunks(['a', 'b'], ['a', 'b'])).toEqual([]);
    expect(lineHunks([], [])).toEqual([]);
  });

  it('when a line changed, it stands between three lines of context', () => {
    const after = numbered(20).with(9, 'changed');
    expect(lineHunks(numbered(20), after)).toEqual([
      {
        beforeStart: 7,
        afterStart: 7,
        lines: [
          { change: ' ', text: 'line 7' },
          { change: ' ', text: 'line 8' },
          { change: ' ', text: 'line 9' },
          { change: '-', text: 'line 10' },
          { change: '+', text: 'changed' },
          { change: ' ', text: 'line 11' },
          { change: ' ', text: 'line 12' },
          { change: ' ', text: 'line 13' },
        ],
      },
    ]);
  });

  it('when changes are far apart, each has its hunk; when near, they share one', () => {
    expect(lineHunks(numbered(40), numbered(40).with(5, 'x').with(30, 'y'))).toHaveLength(2);
    expect(lineHunks(numbered(40), numbered(40).with(5, 'x').with(12, 'y'))).toHaveLength(1);
    expect(lineHunks(numbered(40), numbered(40).with(5, 'x').with(13, 'y'))).toHaveLength(2);
  });

  it('when a line was inserted, only that is said', () => {
    const lines = lineHunks(numbered(9), numbered(9).toSpliced(4, 0, 'new')).flatMap((hunk) => hunk.lines);
    expect(lines.filter(({ change }) => change !== ' ')).toEqual([{ change: '+', text: 'new' }]);
  });

  it('when everything of a long text changed, it ends soon and is still exact', () => {
    const [before, after] = [numbered(5_000), numbered(5_000).map((line) => `${line}!`)];
    expect(applyHunks(before, lineHunks(before, after))).toEqual(after);
  });

  it('when a long text repeats itself, it ends soon and is still exact', () => {
    const [before, after] = [
      Array.from({ length: 100_000 }, (_, index) => (index % 3 === 0 ? 'a' : 'b')),
      Array.from({ length: 100_000 }, (_, index) => (index % 2 === 0 ? 'a' : 'b')),
    ];
    expect(applyHunks(before, lineHunks(before, after))).toEqual(after);
  });

  it('when hunks are applied to other lines, it refuses', () => {
    expect(() => applyHunks(['x'], lineHunks(['a'], ['b']))).toThrow(RangeError);
  });

  it('when lines are arbitrary, applying gives what came after, with the fewest edits', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 40 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const hunks = lineHunks(before, after);
        expect(applyHunks(before, hunks)).toEqual(after);
        const edits = hunks.flatMap((hunk) => hunk.lines).filter(({ change }) => change !== ' ').length;
        expect(edits).toBe(before.length + after.length - 2 * longestCommon(before, after));
      }),
      { numRuns: 500 },
    );
  });
});

/** Length of the longest common subsequence, by the book. */
function longestCommon(left: readonly string[], right: readonly string[]): number {
  let row = new Array<number>(right.length + 1).fill(0);
  for (const item of left) {
    const next = [0];
    for (const [index, other] of right.entries()) {
      next.push(item === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
