import type { JsonValue, LedgerAction, LedgerActor, LedgerTarget } from '@sluice/ledger';

import type { NewLedgerEntry } from './record.ts';

/** Who asks for a change, in which request and why: what the ledger wants to know. */
export type ChangeContext = { actor: LedgerActor; requestId?: string; reason?: string };

export type Happening = { action: LedgerAction; target: LedgerTarget; before?: JsonValue; after?: JsonValue };

/** The ledger entry of a change that somebody asked for. */
export function entryOf(organizationId: string, context: ChangeContext, happening: Happening): NewLedgerEntry {
  const { actor, requestId, reason } = context;
  return {
    organizationId,
    actor,
    ...happening,
    ...(requestId === undefined ? {} : { requestId }),
    ...(reason === undefined ? {} : { reason }),
  };
}
