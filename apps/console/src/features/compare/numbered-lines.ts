import type { DiffHunk } from '@sluice/contracts';

/** A line of a hunk with its numbers on both sides, from 1; null on the side where it is not. */
export type NumberedLine = { before: number | null; after: number | null; change: ' ' | '-' | '+'; text: string };

/** Gives the lines of a hunk their numbers. */
export function numberedLines({ beforeStart, afterStart, lines }: DiffHunk): NumberedLine[] {
  let [before, after] = [beforeStart, afterStart];
  return lines.map(({ change, text }) => ({
    before: change === '+' ? null : before++,
    after: change === '-' ? null : after++,
    change,
    text,
  }));
}
