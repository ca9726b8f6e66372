import type { Transaction } from '../base/transaction.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

export type ExportedCredentials = { id: string; number: number; format: string; nodesWithCredentials: string[] };

/** Writes into the ledger that somebody took a snapshot's credentials out, encrypted for them. */
export async function recordSnapshotExport(
  tx: Transaction,
  organizationId: string,
  { id, number, format, nodesWithCredentials }: ExportedCredentials,
  context: ChangeContext,
): Promise<void> {
  const target = { kind: 'snapshot', id, name: `v${number}` } as const;
  await tx.record(entryOf(organizationId, context, { action: 'snapshot.exported', target, after: { format, nodesWithCredentials } }));
}
