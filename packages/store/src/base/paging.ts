import type { Page, PageQuery } from '@sluice/contracts';

import { StoreError } from '../errors.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where a page begins: rows before this id (undefined: the newest), and how many. */
export type PageStart = { before: string | null; limit: number };

function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!UUID.test(id)) {
    throw new StoreError('CURSOR_INVALID', 'The cursor is not one that this list gave out: start again without it.');
  }
  return id;
}

/**
 * One page of a list that is ordered by id, newest first. Rows that appear meanwhile are newer than the cursor, so pages stay as they are.
 * @param read gets one row more than the page holds, to know whether another page follows
 * @param limitMax a larger page is cut to this
 * @throws StoreError CURSOR_INVALID
 */
export async function pageById<Row extends { id: string }>(
  query: PageQuery,
  read: (start: PageStart) => Promise<Row[]>,
  limitMax = LIMIT_MAX,
): Promise<Page<Row>> {
  const limit = Math.min(query.limit ?? LIMIT_DEFAULT, limitMax);
  const before = query.cursor === undefined ? null : readCursor(query.cursor);
  const rows = await read({ before, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? Buffer.from(last.id, 'utf8').toString('base64url') : null;
  return { items, nextCursor };
}
