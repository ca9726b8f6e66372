import type { ChangeKind } from '@sluice/contracts';
import type pg from 'pg';

import { CHANGE_CHANNEL, DESIRED_CHANNEL, insertChanges } from '../changes/record.ts';
import type { Prisma } from '../generated/client.ts';
import { insertLedgerEntries, type NewLedgerEntry, type RecordedEntry } from '../ledger/record.ts';
import { statementOf } from './prepared.ts';

/** One transaction. All its parts use the same connection: `prisma`, `query` and `execute` see each other's writes. */
export type Transaction = {
  prisma: Prisma.TransactionClient;
  /** Plain SQL with $1 parameters: rows with the column names you select. Arrays of objects for jsonb go in as JSON.stringify text. */
  query<R>(text: string, parameters?: readonly unknown[]): Promise<R[]>;
  /** Plain SQL: the number of affected rows. */
  execute(text: string, parameters?: readonly unknown[]): Promise<number>;
  /** Server time of this transaction, the same for all rows it writes. */
  now: Date;
  /** A UUIDv7. */
  uuid(): string;
  /** Writes a ledger entry in this transaction. */
  record(entry: NewLedgerEntry): Promise<RecordedEntry>;
  /** Writes many ledger entries with one statement. */
  recordMany(entries: readonly NewLedgerEntry[]): Promise<RecordedEntry[]>;
  /** Tells streams and caches that these things changed; announced after the commit. */
  changed(organizationId: string, kind: ChangeKind, ids: readonly string[]): Promise<void>;
  /** Announces after the commit that desired states changed: a hint to look, not what changed. */
  desiredChanged(): Promise<void>;
  /** Runs `effect` after the commit (queue jobs and other hints). Its failure is logged, never thrown. */
  afterCommit(effect: () => void | Promise<void>): void;
};

/** Builds the transaction's face around the connection that Prisma began it on. */
export function buildTransaction(parts: {
  prisma: Prisma.TransactionClient;
  client: pg.PoolClient;
  now: Date;
  uuid: () => string;
  notify: (channel: string) => void;
  afterCommit: (effect: () => void | Promise<void>) => void;
  onRecorded: (entries: readonly NewLedgerEntry[]) => void;
}): Transaction {
  const { prisma, client, now, uuid } = parts;
  const query = async <R>(text: string, parameters: readonly unknown[] = []): Promise<R[]> =>
    (await client.query(statementOf(text, parameters))).rows as R[];
  const execute: Transaction['execute'] = async (text, parameters = []) =>
    (await client.query(statementOf(text, parameters))).rowCount ?? 0;
  const recordMany: Transaction['recordMany'] = async (entries) => {
    const recorded = await insertLedgerEntries({ execute, now, uuid }, entries);
    parts.onRecorded(entries);
    return recorded;
  };
  return {
    prisma,
    query,
    execute,
    now,
    uuid,
    recordMany,
    record: async (entry) => {
      const [recorded] = await recordMany([entry]);
      if (recorded === undefined) throw new Error('a ledger entry was not written');
      return recorded;
    },
    changed: async (organizationId, kind, ids) => {
      if (ids.length === 0) return;
      await insertChanges({ execute, now }, organizationId, { kind, ids });
      parts.notify(CHANGE_CHANNEL);
    },
    desiredChanged: async () => parts.notify(DESIRED_CHANNEL),
    afterCommit: parts.afterCommit,
  };
}
