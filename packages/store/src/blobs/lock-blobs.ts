import type { Transaction } from '../base/transaction.ts';

/**
 * Keeps others from deciding that a blob is there while unreferenced ones are removed: whoever keeps blobs holds this together with others,
 * whoever removes some holds it alone. Until the end of the transaction.
 */
export async function lockBlobs(tx: Transaction, organizationId: string, hold: 'shared' | 'alone'): Promise<void> {
  const name = hold === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await tx.execute(`select ${name}(hashtextextended('blobs/' || $1::text, 0))`, [organizationId]);
}
