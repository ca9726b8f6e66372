import { Skeleton } from '@mantine/core';
import type { Page } from '@sluice/contracts';
import type { DefaultError, InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactNode, useCallback, useMemo } from 'react';
import { ErrorNotice } from './notice.tsx';
import type { RecordColumn } from './record-columns.ts';
import { RecordList } from './record-list.tsx';

const placeholders = ['a', 'b', 'c', 'd', 'e', 'f'];

/** What stands where a list will be, of the same height as its rows. */
export function ListSkeleton({ rows = placeholders.length }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" style={{ padding: '9px 18px' }}>
      {placeholders.slice(0, rows).map((key) => (
        <Skeleton key={key} height={17} my={18} radius="sm" />
      ))}
    </div>
  );
}

/** A list of the server's pages with its states: loading, failed, empty, and there. `empty` says why there is nothing. */
export function PagedList<Row extends object>({
  query,
  empty,
  ...list
}: {
  query: UseInfiniteQueryResult<InfiniteData<Page<Row>>, DefaultError>;
  empty: ReactNode;
  label: string;
  noun: string;
  columns: readonly RecordColumn<Row>[];
  rowId: (row: Row) => string;
  withKeys?: boolean;
}) {
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  const loadMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const failure =
    error === null ? null : (
      <div style={{ padding: 16 }}>
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      </div>
    );
  if (rows === undefined) return failure ?? <ListSkeleton />;
  return (
    <>
      {failure}
      {rows.length === 0 ? (
        empty
      ) : (
        <RecordList {...list} rows={rows} hasMore={hasNextPage} isLoadingMore={isFetchingNextPage} onLoadMore={loadMore} />
      )}
    </>
  );
}
