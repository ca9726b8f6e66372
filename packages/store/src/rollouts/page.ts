import type { Page } from '@sluice/contracts';
import { StoreError } from '../errors.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const limitDefault = 50;

/** Where a page begins: after this id; null for the first one. One row more than the page is read to know whether there is another one. */
export type PagePosition = { afterId: string | null; limit: number };

/** @throws StoreError CURSOR_INVALID */
export function pagePosition(query: { cursor?: string; limit?: number }): PagePosition {
  const limit = query.limit ?? limitDefault;
  if (query.cursor === undefined) return { afterId: null, limit };
  const afterId = Buffer.from(query.cursor, 'base64url').toString('utf8');
  if (!uuid.test(afterId)) throw new StoreError('CURSOR_INVALID', 'The cursor is not one of this list: begin again without it.');
  return { afterId, limit };
}

/** Cuts the row that was read beyond the page, and makes the cursor of the next one. */
export function toPage<T extends { id: string }>(rows: readonly T[], position: PagePosition): Page<T> {
  const items = rows.slice(0, position.limit);
  const last = items.at(-1);
  const isLast = rows.length <= position.limit || last === undefined;
  return { items, nextCursor: isLast ? null : Buffer.from(last.id, 'utf8').toString('base64url') };
}
