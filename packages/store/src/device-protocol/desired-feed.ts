// INVARIANTS
// 1. A change is delivered once its transaction is committed, and never missed: each reading asks for exactly the rows whose changing
//    transaction was not visible in the snapshot of the reading before (still open, or later). A transaction that stays open for hours is
//    neither overtaken nor waited for, and holds nobody else's changes back.
// 2. Every change of a desired state, and of a device's approval or epoch, stamps `changed_xid`: triggers do it, so no writer can forget.
//    Notifications are hints and may be lost (with a process that dies after its commit): the caller also reads from time to time.
// 3. Reading happens on the connection that listens: when it is dead, the reading fails, and the caller drops all it knows.

import type { Pool, PoolClient } from 'pg';
import type { Reader } from '../base/reader.ts';
import { openListeningSession } from '../changes/listening-session.ts';
import { DESIRED_CHANNEL } from '../changes/record.ts';
import { type DesiredState, desiredStateColumns } from './desired-state.ts';

/** A connection that hears of changes and reads them. */
export type DesiredFeed = {
  /**
   * Reads what became visible since the reading before (since opening, at first), in pages.
   * @throws when the connection is lost, or when the database has gone back in time (restored from a backup)
   */
  readChanges(onPage: (page: DesiredState[]) => void): Promise<void>;
  close(): void;
};

export type DesiredFeedOptions = {
  /** Something changed; called for each notification. */
  onNotification: () => void;
  /** The connection ended by itself: notifications may have been lost. */
  onLost: (error: Error) => void;
  pageSize?: number;
};

type Page = { snapshot: string; xmax: string; rows: (DesiredState & { xid: string })[] };

// Past the watermark (the oldest transaction open at the time of `$1`) the index finds candidates; visibility decides exactly.
const pageQuery = `
  WITH now_visible AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot)
  SELECT n.snapshot::text, pg_snapshot_xmax(n.snapshot)::text AS xmax,
         coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.xid::xid8, p."deviceId") FROM (
           SELECT ${desiredStateColumns}, s.changed_xid::text AS xid
             FROM device_desired s JOIN device d ON d.id = s.device_id
            WHERE s.changed_xid >= pg_snapshot_xmin($1::pg_snapshot)
              AND NOT pg_visible_in_snapshot(s.changed_xid, $1::pg_snapshot)
              AND (s.changed_xid, s.device_id) > ($2::xid8, $3::uuid)
            ORDER BY s.changed_xid, s.device_id LIMIT $4) p), '[]') AS rows
    FROM now_visible n`;

const beforeAll = { xid: '0', deviceId: '00000000-0000-0000-0000-000000000000' };

async function readPage(reader: Reader, since: string, after: { xid: string; deviceId: string }, limit: number): Promise<Page> {
  const [page] = await reader.query<Page>(pageQuery, [since, after.xid, after.deviceId, limit]);
  if (page === undefined) throw new Error('the database answered without a snapshot');
  return page;
}

/** Refuses a snapshot whose transactions are older than those seen before: the database is not the one it was. */
function requireProgress(since: string, page: Page): void {
  const xmaxBefore = BigInt(since.split(':')[1] ?? '0');
  if (BigInt(page.xmax) < xmaxBefore) throw new Error('the database is older than it was: it was restored, or another one answers');
}

/** Opens the feed: from here on no change is missed. It holds one connection of the pool until it is closed or lost. */
export async function openDesiredFeed(pool: Pool, options: DesiredFeedOptions): Promise<DesiredFeed> {
  const { client, end } = await openListeningSession(pool, options);
  try {
    return await listen(client, { end, pageSize: options.pageSize ?? 5_000 });
  } catch (error) {
    end();
    throw error;
  }
}

/** Reads through the one connection, in its order. */
function readerOf(client: PoolClient): Reader {
  return { query: async <R>(text: string, parameters: readonly unknown[] = []) => (await client.query(text, [...parameters])).rows as R[] };
}

async function listen(client: PoolClient, options: { end: () => void; pageSize: number }): Promise<DesiredFeed> {
  const reader = readerOf(client);
  await client.query(`LISTEN ${DESIRED_CHANNEL}`);
  const [first] = await reader.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
  let since = first?.snapshot ?? '';
  return {
    readChanges: async (onPage) => {
      let page = await readPage(reader, since, beforeAll, options.pageSize);
      // What changes between two pages is visible neither in `since` nor in this snapshot: the next reading finds it.
      const next = page.snapshot;
      for (;;) {
        requireProgress(since, page);
        const last = page.rows.at(-1);
        if (last === undefined) break;
        onPage(page.rows);
        if (page.rows.length < options.pageSize) break;
        page = await readPage(reader, since, last, options.pageSize);
      }
      since = next;
    },
    close: options.end,
  };
}
