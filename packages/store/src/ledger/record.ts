import { entryBytes, type LedgerEntry, leafHash } from '@sluice/ledger';
import { prepared } from '../base/prepared.ts';

/** A ledger entry as its writer gives it: the transaction adds version and time. */
export type NewLedgerEntry = Omit<LedgerEntry, 'version' | 'time'>;

/** `leaf`: the RFC 6962 leaf hash of the stored bytes, lower-case hexadecimal. */
export type RecordedEntry = { id: string; leaf: string };

type Writer = { execute(text: string, parameters?: readonly unknown[]): Promise<number>; now: Date; uuid(): string };

const INSERT_ENTRIES = prepared(
  `insert into ledger_entry (id, organization_id, entry, leaf, at, actor, action, target_kind, target_id, reason, search)
  select id, organization_id, entry, leaf, $11, actor, action, target_kind, target_id, reason, search
  from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::jsonb[])
    as row (id, organization_id, entry, leaf, actor, action, target_kind, target_id, reason, search)`,
);

const INSERT_ENTRY = prepared(
  `insert into ledger_entry (id, organization_id, entry, leaf, at, actor, action, target_kind, target_id, reason, search)
  values ($1, $2, $3, $4, $10, $5, $6, $7, $8, $9, convert_from($3, 'UTF8')::jsonb)`,
);

/**
 * Writes entries with one statement, in the transaction of the change they tell of. The hashed bytes are stored exactly;
 * the columns and the jsonb beside them are for search only. `xid` is a default of the table.
 */
export async function insertLedgerEntries(writer: Writer, entries: readonly NewLedgerEntry[]): Promise<RecordedEntry[]> {
  if (entries.length === 0) return [];
  const rows = entries.map((given) => {
    const entry: LedgerEntry = { version: 1, time: writer.now.toISOString(), ...given };
    const bytes = Buffer.from(entryBytes(entry));
    return { id: writer.uuid(), entry, bytes, leaf: Buffer.from(leafHash(bytes)) };
  });
  const [first] = rows;
  if (first !== undefined && rows.length === 1) {
    // One may name thousands of devices: as a value of its own it is sent as it is, within an array it would be escaped.
    const { entry, bytes } = first;
    await writer.execute(INSERT_ENTRY, [
      first.id,
      entry.organizationId,
      bytes,
      first.leaf,
      entry.actor.name,
      entry.action,
      entry.target.kind,
      entry.target.id,
      entry.reason ?? null,
      writer.now,
    ]);
    return [{ id: first.id, leaf: first.leaf.toString('hex') }];
  }
  await writer.execute(INSERT_ENTRIES, [
    rows.map((row) => row.id),
    rows.map((row) => row.entry.organizationId),
    rows.map((row) => row.bytes),
    rows.map((row) => row.leaf),
    rows.map((row) => row.entry.actor.name),
    rows.map((row) => row.entry.action),
    rows.map((row) => row.entry.target.kind),
    rows.map((row) => row.entry.target.id),
    rows.map((row) => row.entry.reason ?? null),
    rows.map((row) => row.bytes.toString('utf8')),
    writer.now,
  ]);
  return rows.map((row) => ({ id: row.id, leaf: row.leaf.toString('hex') }));
}
