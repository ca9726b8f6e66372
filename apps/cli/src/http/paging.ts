import type { Page } from '@sluice/contracts';
import type { Http, Query } from './client.ts';

const pageSizeMax = 200;

/** The first `limit` items of a list; `more` when the control plane has further ones. */
export async function listUpTo<T>(http: Http, path: string, query: Query, limit: number): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const pageSize = Math.min(pageSizeMax, limit - items.length);
    const page: Page<T> = await http.get(path, { ...query, limit: pageSize, cursor });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return { items, more: cursor !== undefined };
}

/** The whole list. */
export async function listAll<T>(http: Http, path: string, query: Query = {}): Promise<T[]> {
  return (await listUpTo<T>(http, path, query, Number.POSITIVE_INFINITY)).items;
}
