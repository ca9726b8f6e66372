import { stringify } from 'yaml';
import type { Ports } from '../ports.ts';
import { noPaint, type Paint, paintFor } from './paint.ts';
import { type Column, formatFacts, formatTable } from './table.ts';

export const outputFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** How things of one kind are shown. `name`: a reference that every command accepts again. */
export type View<T> = { noun: string; columns: readonly Column<T>[]; name: (item: T) => string };

/** Writes results to standard output in the format that was asked for. JSON and YAML are what the control plane said, times in UTC. */
export type Printer = {
  format: OutputFormat;
  /** For people: table or wide. */
  isForPeople: boolean;
  paint: Paint;
  list<T>(items: readonly T[], view: View<T>): void;
  one<T>(item: T, view: View<T>): void;
  /** A table below a heading, for people only. */
  section<T>(title: string, items: readonly T[], columns: readonly Column<T>[]): void;
  /** A value without a view of its own. */
  data(value: unknown): void;
  /** One JSON document per line, or one YAML document after the other. */
  event(value: unknown): void;
  line(text: string): void;
};

/** Makes the printer of one run. */
export function createPrinter({ stdout, environment }: Pick<Ports, 'stdout' | 'environment'>, format: OutputFormat): Printer {
  const isForPeople = format === 'table' || format === 'wide';
  const paint = isForPeople ? paintFor(stdout, environment) : noPaint;
  const line = (text: string): void => stdout.write(`${text}\n`);
  const data = (value: unknown): void => stdout.write(format === 'yaml' ? stringify(value) : `${JSON.stringify(value, undefined, 2)}\n`);
  const table = <T>(items: readonly T[], columns: readonly Column<T>[]): void => {
    for (const each of formatTable(items, columns, { paint, columns: stdout.columns })) line(each);
  };
  return {
    format,
    isForPeople,
    paint,
    line,
    data,
    list: (items, view) => {
      if (format === 'name') for (const item of items) line(view.name(item));
      else if (!isForPeople) data(items);
      else if (items.length > 0)
        table(
          items,
          view.columns.filter((column) => format === 'wide' || column.wide === undefined),
        );
    },
    one: (item, view) => {
      if (format === 'name') line(view.name(item));
      else if (!isForPeople) data(item);
      else for (const each of formatFacts(item, view.columns, paint)) line(each);
    },
    section: (title, items, columns) => {
      if (!isForPeople || items.length === 0) return;
      line('');
      line(title);
      table(items, columns);
    },
    event: (value) => stdout.write(format === 'yaml' ? `---\n${stringify(value)}` : `${JSON.stringify(value)}\n`),
  };
}
