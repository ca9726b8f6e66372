import type { LedgerEntryView, Page } from '@sluice/contracts';
import { type LedgerQuery, listLedgerEntries, type Store } from '@sluice/store';

export type Ledger = { list(organizationId: string, query: LedgerQuery): Promise<Page<LedgerEntryView>> };

/** Makes the module of the ledger. */
export function createLedger({ store }: { store: Store }): Ledger {
  return { list: (organizationId, query) => listLedgerEntries(store, organizationId, query) };
}
