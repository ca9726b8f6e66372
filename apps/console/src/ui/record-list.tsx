import './record-list.css';
import { Button } from '@mantine/core';
import { useTable } from '@tanstack/react-table';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { formatCountOf } from '../format/count.ts';
import { type RecordColumn, recordFeatures, tableColumns, tracksAt } from './record-columns.ts';
import { useRowKeys } from './use-row-keys.ts';

const rowHeight = 53;
/** So many rows before the end of what is loaded, the next page is asked for. */
const loadAhead = 10;

export type RecordListProps<Row extends object> = {
  label: string;
  /** What one row is: `device`. */
  noun: string;
  rows: readonly Row[];
  columns: readonly RecordColumn<Row>[];
  rowId: (row: Row) => string;
  hasMore: boolean;
  isLoadingMore: boolean;
  onLoadMore: () => void;
  /** Whether `j` and `k` move through this list. */
  withKeys?: boolean;
};

/** Where the body of the list begins in the page, in pixels: what stands above it may grow. */
function useTop(body: { current: HTMLElement | null }): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const now = body.current === null ? 0 : body.current.getBoundingClientRect().top + window.scrollY;
    setTop((known) => (Math.abs(known - now) > 1 ? now : known));
  });
  return top;
}

function Frame<Row extends object>({
  columns,
  label,
  rowCount,
  children,
}: {
  columns: readonly RecordColumn<Row>[];
  label: string;
  rowCount: number;
  children: ReactNode;
}) {
  const tracks = {
    '--list-wide': tracksAt(columns, 'wide'),
    '--list-medium': tracksAt(columns, 'medium'),
    '--list-narrow': tracksAt(columns, 'narrow'),
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a real table cannot place rows freely, which showing only those in view needs
    <div role="table" aria-label={label} aria-rowcount={rowCount} className="sl-list" style={tracks as CSSProperties}>
      {/* biome-ignore lint/a11y/useSemanticElements: part of the table above */}
      <div role="rowgroup">
        {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the table above */}
        <div role="row" className="sl-list-row sl-list-head">
          {columns.map(({ id, header, from = 'narrow' }) => (
            // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the table above
            <div key={id} role="columnheader" className="sl-list-cell sl-label" data-from={from}>
              {header}
            </div>
          ))}
        </div>
      </div>
      {children}
    </div>
  );
}

/** A long list as a table, of which only what is in view is in the page. Rows are as the server ordered them. */
export function RecordList<Row extends object>(props: RecordListProps<Row>) {
  const { label, noun, rows, columns, rowId, hasMore, isLoadingMore, onLoadMore, withKeys = false } = props;
  const body = useRef<HTMLDivElement>(null);
  const top = useTop(body);
  const definitions = useMemo(() => tableColumns(columns), [columns]);
  const table = useTable({ features: recordFeatures, columns: definitions, data: rows, getRowId: rowId });
  const models = table.getRowModel().rows;
  const virtualizer = useWindowVirtualizer({
    count: models.length,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => models[index]?.id ?? index,
  });
  useRowKeys({ enabled: withKeys, count: models.length, body, scrollTo: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }) });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const wantsMore = hasMore && !isLoadingMore && lastShown > loadAhead && lastShown >= models.length - loadAhead;
  useEffect(() => {
    if (wantsMore) onLoadMore();
  }, [wantsMore, onLoadMore]);

  return (
    <>
      <Frame columns={columns} label={label} rowCount={hasMore ? -1 : models.length + 1}>
        {/* biome-ignore lint/a11y/useSemanticElements: part of a table that shows only the rows in view */}
        <div role="rowgroup" ref={body} className="sl-list-body" style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, key, start }) => (
            // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of a table that shows only the rows in view
            <div
              key={key}
              role="row"
              aria-rowindex={index + 2}
              data-index={index}
              ref={virtualizer.measureElement}
              className="sl-list-row"
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {models[index]?.getAllCells().map((cell, column) => (
                // biome-ignore lint/a11y/useSemanticElements: part of a table that shows only the rows in view
                <div key={cell.id} role="cell" className="sl-list-cell" data-from={columns[column]?.from ?? 'narrow'}>
                  <table.FlexRender cell={cell} />
                </div>
              ))}
            </div>
          ))}
        </div>
      </Frame>
      <div className="sl-list-foot">
        <span>
          {formatCountOf(models.length, noun)} {hasMore ? 'loaded' : ''}
        </span>
        {hasMore ? (
          <Button size="compact-sm" variant="default" loading={isLoadingMore} onClick={onLoadMore}>
            Load more
          </Button>
        ) : null}
      </div>
    </>
  );
}
