import type { LedgerActor } from '@sluice/ledger';
import type { Decision } from '@sluice/rollout';
import type { Signer } from '@sluice/trust';
import type { Transaction } from '../base/transaction.ts';
import type { RolloutRecord } from './load.ts';

/**
 * The organization's release key, ready to sign; null when its private half is kept offline.
 * Signing is the only thing a step does that needs a secret, and only for a rollback.
 */
export type ReleaseSigner = (tx: Transaction, organizationId: string) => Promise<Signer | null>;

/** One transaction over one rollout, whose row and waves it has locked. */
export type RolloutRun = {
  tx: Transaction;
  record: RolloutRecord;
  /** Who decides: the engine by itself, or the person who asked. */
  actor: LedgerActor;
  requestId?: string | undefined;
  /** What the person gave as the reason. */
  reason?: string | undefined;
  /** Most deployments that one statement moves; what is left follows in the next transaction. */
  batchSizeMax: number;
  releaseSigner: ReleaseSigner | null;
};

/** Why it was decided, for people: what the person gave as the reason, or who asked, or what the engine says. */
export function sentenceOf({ reason, actor }: RolloutRun, { why }: Decision): string {
  return reason ?? (why.code === 'requested_by_person' ? `${actor.name} asked for it.` : why.sentence);
}

/** What carrying out one decision did. */
export type Effect = {
  /** Says more than the sentence of the decision, because the engine knows no names. */
  sentence?: string;
  /** Devices concerned, for the ledger. */
  deploymentIds?: readonly string[];
  deviceIds?: readonly string[];
  restoredDeviceIds?: readonly string[];
  /** How many, where another entry of the same transaction lists them. */
  devices?: number;
  /** More of the same is left for the next transaction. */
  isPartial?: boolean;
  /** It could not be done now; nothing changed. */
  isBlocked?: boolean;
  /** Other rollouts that changed, too, or that are new. */
  otherRolloutIds?: readonly string[];
  /** Further facts for the ledger. */
  facts?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
};
