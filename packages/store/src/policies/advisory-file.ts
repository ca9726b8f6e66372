import type { AdvisoryFile } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { putBlob } from '../blobs/blobs.ts';
import { StoreError, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

type Row = Omit<AdvisoryFile, 'updatedAt'> & { updatedAt: Date };

/** The file of advisories in use; null when none was uploaded yet. */
export async function findAdvisoryFile(reader: Reader, organizationId: string): Promise<AdvisoryFile | null> {
  const [row] = await reader.query<Row>(
    `select sha256 as digest, count, length, source, version, updated_by as "updatedBy", updated_at as "updatedAt"
     from advisory_file where organization_id = $1`,
    [organizationId],
  );
  return row === undefined ? null : { ...row, updatedAt: iso(row.updatedAt) };
}

/** A file that was read before: `count` advisories. `version`: the one that it replaces (0: none), null when it does not matter. */
export type NewAdvisoryFile = { content: Uint8Array; count: number; source: string; version: number | null };

/**
 * Puts a file of advisories in the place of the one before.
 * @throws StoreError VERSION_STALE
 */
export async function replaceAdvisoryFile(
  tx: Transaction,
  organizationId: string,
  file: NewAdvisoryFile,
  context: ChangeContext,
): Promise<AdvisoryFile> {
  const { sha256, length } = await putBlob(tx, organizationId, file.content);
  // The first file has no row to lock.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 3))', [organizationId]);
  const before = await findAdvisoryFile(tx, organizationId);
  const version = before?.version ?? 0;
  if (file.version !== null && file.version !== version) throw versionStale('advisory file of', organizationId, version);
  await tx.execute(
    `insert into advisory_file (organization_id, sha256, length, count, source, version, updated_by, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (organization_id) do update
       set sha256 = excluded.sha256, length = excluded.length, count = excluded.count, source = excluded.source, version = excluded.version,
           updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
    [organizationId, sha256, length, file.count, file.source, version + 1, context.actor.name, tx.now],
  );
  await tx.record(
    entryOf(organizationId, context, {
      action: 'advisory_file.replaced',
      target: { kind: 'advisory_file', id: organizationId },
      ...(before === null ? {} : { before: { digest: before.digest, count: before.count } }),
      after: { digest: sha256, count: file.count, source: file.source },
    }),
  );
  // Part of the organization's policies for whoever shows them.
  await tx.changed(organizationId, 'policy_settings', [organizationId]);
  const after = await findAdvisoryFile(tx, organizationId);
  if (after === null) throw new StoreError('NOT_FOUND', 'The advisory file was not kept.');
  return after;
}
