// INVARIANTS
// 1. A change is delivered once its transaction is committed, and never missed: each reading asks for exactly the rows whose transaction
//    was not visible in the snapshot of the reading before. So an open transaction is neither overtaken nor waited for.
// 2. A position is such a snapshot as text. Whoever resumes from one may get a change twice, never miss one: changes say *that*, not what.
// 3. Reading happens on the connection that listens: when it is dead, the reading fails, and the caller opens a new feed from its last position.

import type { ChangeKind } from '@sluice/contracts';
import type { Pool, PoolClient } from 'pg';
import { databaseErrorFacts } from '../base/database-error.ts';
import { openListeningSession } from './listening-session.ts';
import { CHANGE_CHANNEL } from './record.ts';

/** One change of one organization. */
export type Change = { organizationId: string; kind: ChangeKind; id: string; at: string };

/** Changes in the order in which they are told, and the position to resume from once all of them were delivered. */
export type ChangeBatch = { position: string; changes: Change[] };

/** A connection that hears of changes and reads them. */
export type ChangeFeed = {
  /** Where reading goes on. */
  position(): string;
  /** Reads what became visible since the reading before. Throws when the connection is lost. */
  read(): Promise<ChangeBatch>;
  close(): void;
};

export type ChangeFeedOptions = {
  /** Resume here; undefined: from now. */
  since?: string;
  /** Something changed; called for each notification. */
  onNotification: () => void;
  /** The connection ended by itself: notifications may have been lost. */
  onLost: (error: Error) => void;
};

type Reader = { query<R>(text: string, parameters?: readonly unknown[]): Promise<R[]> };

const positionPattern = /^\d{1,19}:\d{1,19}:[\d,]{0,8000}$/;
/** More changes at once than this are worth one `reset` to whoever listens. */
const changesMax = 5_000;

// The index on xid starts the scan at the oldest transaction that the position had not seen.
const unseen = `
  SELECT organization_id AS "organizationId", kind, resource_id AS id, at
    FROM change_event
   WHERE xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot)`;

const batchQuery = (condition: string): string => `
  SELECT pg_current_snapshot()::text AS position,
         coalesce((SELECT jsonb_agg(to_jsonb(c)) FROM (${unseen}${condition} ORDER BY position LIMIT ${changesMax + 1}) c), '[]') AS changes`;

async function readBatch(reader: Reader, since: string, organizationId: string | undefined): Promise<ChangeBatch> {
  const condition = organizationId === undefined ? '' : ' AND organization_id = $2';
  const parameters = organizationId === undefined ? [since] : [since, organizationId];
  const [batch] = await reader.query<ChangeBatch>(batchQuery(condition), parameters);
  if (batch === undefined) throw new Error('the database answered without a snapshot');
  const changes = batch.changes.map((change) => ({ ...change, at: new Date(change.at).toISOString() }));
  return { position: batch.position, changes };
}

/** Events are pruned oldest first: if the oldest that is left was seen at the position, everything pruned was seen, too. */
async function hasSeenWhatWasPruned(reader: Reader, position: string): Promise<boolean> {
  try {
    const [oldest] = await reader.query<{ seen: boolean }>(
      `SELECT pg_visible_in_snapshot(e.xid, $1::pg_snapshot) AND pg_snapshot_xmax($1::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) AS seen
         FROM change_event e ORDER BY e.position LIMIT 1`,
      [position],
    );
    return oldest?.seen === true;
  } catch (error) {
    // Text in the form of a snapshot that is none (SQLSTATE class 22, data exception).
    if (databaseErrorFacts(error).sqlState?.startsWith('22') === true) return false;
    throw error;
  }
}

/**
 * The changes of an organization since a position, for a stream that resumes. Null when they cannot be told any more (the position is older than what is
 * kept, of another database, or there are too many): read everything again.
 */
export async function readChangesSince(reader: Reader, organizationId: string, position: string): Promise<ChangeBatch | null> {
  if (!positionPattern.test(position) || !(await hasSeenWhatWasPruned(reader, position))) return null;
  const batch = await readBatch(reader, position, organizationId);
  return batch.changes.length > changesMax ? null : batch;
}

/** Opens the feed: from here on (or from `since` on) no change is missed. It holds one connection of the pool until it is closed or lost. */
export async function openChangeFeed(pool: Pool, options: ChangeFeedOptions): Promise<ChangeFeed> {
  const { client, end } = await openListeningSession(pool, options);
  try {
    return await listen(client, end, options.since);
  } catch (error) {
    end();
    throw error;
  }
}

async function listen(client: PoolClient, end: () => void, since: string | undefined): Promise<ChangeFeed> {
  const reader: Reader = {
    query: async <R>(text: string, parameters: readonly unknown[] = []) => (await client.query(text, [...parameters])).rows as R[],
  };
  await client.query(`LISTEN ${CHANGE_CHANNEL}`);
  const [first] = await reader.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
  let position = since ?? first?.snapshot ?? '';
  return {
    position: () => position,
    read: async () => {
      const batch = await readBatch(reader, position, undefined);
      position = batch.position;
      return batch;
    },
    close: end,
  };
}
