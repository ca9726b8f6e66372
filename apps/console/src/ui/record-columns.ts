import { type ColumnDef, tableFeatures } from '@tanstack/react-table';
import type { ReactNode } from 'react';

/** The server filters, sorts and pages, so that the table needs no feature of its own. */
export const recordFeatures = tableFeatures({});

/** From which width of the window on a column is shown. */
export type ShownFrom = 'narrow' | 'medium' | 'wide';

/** A column of a list: `width` is a track of a CSS grid. */
export type RecordColumn<Row> = {
  id: string;
  header: string;
  width: string;
  from?: ShownFrom;
  cell: (row: Row) => ReactNode;
};

const order: readonly ShownFrom[] = ['narrow', 'medium', 'wide'];

/** The tracks of the grid at a width of the window. */
export function tracksAt<Row>(columns: readonly RecordColumn<Row>[], width: ShownFrom): string {
  const shown = columns.filter(({ from = 'narrow' }) => order.indexOf(from) <= order.indexOf(width));
  return shown.map((column) => column.width).join(' ');
}

/** The columns as TanStack Table takes them. */
export function tableColumns<Row extends object>(columns: readonly RecordColumn<Row>[]): ColumnDef<typeof recordFeatures, Row, unknown>[] {
  return columns.map(({ id, header, cell }) => ({ id, header, cell: ({ row }) => cell(row.original) }));
}
