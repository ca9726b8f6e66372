import type { Transaction } from '../base/transaction.ts';

/**
 * SQL that keeps others from deciding that a blob is there while unreferenced ones are removed: whoever keeps blobs holds this together with others,
 * whoever removes some holds it alone. Until the end of the transaction. `organization`: an expression that is the id as a uuid.
 */
export function blobLockSql(hold: 'shared' | 'alone', organization: string): string {
  const name = hold === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  return `${name}(hashtextextended('blobs/' || (${organization})::text, 0))`;
}

/** Holds the blobs alone: whoever removes some. */
export async function lockBlobs(tx: Transaction, organizationId: string): Promise<void> {
  await tx.execute(`select ${blobLockSql('alone', '$1::uuid')}`, [organizationId]);
}
