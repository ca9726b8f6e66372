// INVARIANTS
// - `applyHunks(before, lineHunks(before, after))` is `after`, whatever the lines are.
// - The work is bounded: beyond `editsMax` edits or `stepsMax` comparisons the differing middle is taken as replaced.

/** A run of lines around a change, as in a unified diff. Lines are counted from 1. */
export type Hunk = { beforeStart: number; afterStart: number; lines: HunkLine[] };
/** A line that stays (with up to three around each change), goes or comes. */
export type HunkLine = { change: ' ' | '-' | '+'; text: string };

const contextLines = 3;
/** Myers' algorithm needs memory in the square of the edits; people do not read diffs of this length anyway. */
const editsMax = 1_000;
/** Texts of very many lines that repeat themselves would take long even with few edits. */
const stepsMax = 10_000_000;

/** The difference of two lists of lines. No hunks when they are equal. */
export function lineHunks(before: readonly string[], after: readonly string[]): Hunk[] {
  return toHunks(editScript(before, after));
}

/** The lines after a change, from those before it. @throws RangeError when the hunks were not made from these lines */
export function applyHunks(before: readonly string[], hunks: readonly Hunk[]): string[] {
  const after: string[] = [];
  let position = 0;
  for (const hunk of hunks) {
    while (position < hunk.beforeStart - 1 && position < before.length) after.push(lineAt(before, position++));
    for (const { change, text } of hunk.lines) {
      if (change === '+') after.push(text);
      else if (before[position] !== text) throw new RangeError('The difference was made from other lines.');
      else if (change === ' ') after.push(lineAt(before, position++));
      else position += 1;
    }
  }
  for (; position < before.length; position += 1) after.push(lineAt(before, position));
  return after;
}

function lineAt(lines: readonly string[], index: number): string {
  return lines[index] ?? '';
}

/** Every line of both, in order. */
function editScript(before: readonly string[], after: readonly string[]): HunkLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const middle = shortestEdit(before.slice(start, before.length - end), after.slice(start, after.length - end));
  const same = (text: string): HunkLine => ({ change: ' ', text });
  return [...before.slice(0, start).map(same), ...middle, ...before.slice(before.length - end).map(same)];
}

/** E. Myers, An O(ND) Difference Algorithm and Its Variations (1986): furthest reaching paths, one list of end points for each number of edits. */
function shortestEdit(before: readonly string[], after: readonly string[]): HunkLine[] {
  const limit = Math.min(before.length + after.length, editsMax);
  const history: Int32Array[] = [];
  let steps = 0;
  const reach = new Int32Array(2 * limit + 3);
  for (let edits = 0; edits <= limit && steps <= stepsMax; edits += 1) {
    history.push(reach.slice(limit - edits, limit + edits + 3));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const at = limit + 1 + diagonal;
      const isDown = diagonal === -edits || (diagonal !== edits && numberAt(reach, at - 1) < numberAt(reach, at + 1));
      let x = isDown ? numberAt(reach, at + 1) : numberAt(reach, at - 1) + 1;
      const start = x;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      steps += x - start + 1;
      reach[at] = x;
      if (x >= before.length && x - diagonal >= after.length) return backtrack(before, after, history);
    }
  }
  return [...before.map((text): HunkLine => ({ change: '-', text })), ...after.map((text): HunkLine => ({ change: '+', text }))];
}

function numberAt(numbers: Int32Array, index: number): number {
  return numbers[index] ?? 0;
}

function backtrack(before: readonly string[], after: readonly string[], history: readonly Int32Array[]): HunkLine[] {
  const lines: HunkLine[] = [];
  let x = before.length;
  let y = after.length;
  for (let edits = history.length - 1; edits >= 0; edits -= 1) {
    const reach = history[edits] ?? new Int32Array();
    const diagonal = x - y;
    const at = edits + 1 + diagonal;
    const isDown = diagonal === -edits || (diagonal !== edits && numberAt(reach, at - 1) < numberAt(reach, at + 1));
    const previousX = edits === 0 ? 0 : numberAt(reach, isDown ? at + 1 : at - 1);
    const previousY = edits === 0 ? 0 : previousX - (isDown ? diagonal + 1 : diagonal - 1);
    const snakeX = edits === 0 || isDown ? previousX : previousX + 1;
    const snakeY = edits > 0 && isDown ? previousY + 1 : previousY;
    for (; x > snakeX && y > snakeY; x -= 1, y -= 1) lines.push({ change: ' ', text: lineAt(before, x - 1) });
    if (edits > 0) lines.push(isDown ? { change: '+', text: lineAt(after, y - 1) } : { change: '-', text: lineAt(before, x - 1) });
    x = previousX;
    y = previousY;
  }
  return lines.reverse();
}

function toHunks(script: readonly HunkLine[]): Hunk[] {
  const hunks: Hunk[] = [];
  let open: { hunk: Hunk; unchanged: number } | undefined;
  let [beforeLine, afterLine] = [1, 1];
  for (const [index, line] of script.entries()) {
    if (line.change !== ' ') {
      if (open === undefined) {
        const context = script.slice(Math.max(0, index - contextLines), index).filter(({ change }) => change === ' ');
        open = {
          hunk: { beforeStart: beforeLine - context.length, afterStart: afterLine - context.length, lines: [...context] },
          unchanged: 0,
        };
        hunks.push(open.hunk);
      }
      open.hunk.lines.push(line);
      open.unchanged = 0;
    } else if (open !== undefined) {
      open.hunk.lines.push(line);
      open.unchanged += 1;
      if (open.unchanged > 2 * contextLines) {
        open.hunk.lines.length -= open.unchanged - contextLines;
        open = undefined;
      }
    }
    if (line.change !== '+') beforeLine += 1;
    if (line.change !== '-') afterLine += 1;
  }
  if (open !== undefined && open.unchanged > contextLines) open.hunk.lines.length -= open.unchanged - contextLines;
  return hunks;
}
