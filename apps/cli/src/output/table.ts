import { noPaint, type Paint, type Tone } from './paint.ts';
import { fitText, plainText, textWidth } from './text-width.ts';

export type Column<T> = {
  title: string;
  value: (item: T) => string;
  tone?: (item: T) => Tone;
  align?: 'right';
  /** Shown with `-o wide` and in details only. */
  wide?: true;
};

export type TableStyle = { paint: Paint; columns: number | undefined };

const gap = '  ';
const columnWidthMin = 8;

/** Takes from the widest columns, one cell after the other, until the row fits or every column is small. */
export function fitWidths(natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1) - available;
  while (excess > 0) {
    const widest = widths.reduce((best, width, index) => (width > (widths[best] ?? 0) ? index : best), 0);
    const width = widths[widest] ?? 0;
    if (width <= columnWidthMin) break;
    widths[widest] = width - 1;
    excess -= 1;
  }
  return widths;
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const blank = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? blank + text : text + blank;
}

/** The items as lines of a table that fits the terminal; without a terminal nothing is cut. */
export function formatTable<T>(items: readonly T[], columns: readonly Column<T>[], style: TableStyle): string[] {
  const cells = items.map((item) => columns.map((column) => plainText(column.value(item))));
  const natural = columns.map((column, index) => Math.max(textWidth(column.title), ...cells.map((row) => textWidth(row[index] ?? ''))));
  const widths = style.columns === undefined ? natural : fitWidths(natural, style.columns);
  const line = (row: readonly string[], toneOf: (index: number) => Tone): string =>
    row
      .map((cell, index) => {
        const fitted = fitText(cell, widths[index] ?? 0);
        const isLast = index === row.length - 1 && columns[index]?.align === undefined;
        const padded = isLast ? fitted : pad(fitted, widths[index] ?? 0, columns[index]?.align);
        return style.paint(toneOf(index), padded);
      })
      .join(gap)
      .trimEnd();
  const header = line(
    columns.map((column) => column.title.toUpperCase()),
    () => 'dim',
  );
  const rows = items.map((item, row) => line(cells[row] ?? [], (index) => columns[index]?.tone?.(item) ?? 'plain'));
  return [header, ...rows];
}

/** One item as lines of `title  value`. */
export function formatFacts<T>(item: T, columns: readonly Column<T>[], paint: Paint = noPaint): string[] {
  const width = Math.max(...columns.map((column) => textWidth(column.title)));
  return columns.map((column) => {
    const value = plainText(column.value(item)) || '–';
    return `${paint('dim', pad(column.title, width, undefined))}${gap}${paint(column.tone?.(item) ?? 'plain', value)}`.trimEnd();
  });
}
