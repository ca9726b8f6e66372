import type { PromotionState } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { type LockedPromotion, lockWaiting, tellPromotion } from './lock-promotion.ts';

type End = Exclude<PromotionState, 'waiting' | 'started'>;

const words = {
  canceled: 'canceled it',
  rejected: 'rejected it',
  superseded: 'promoted another release in its place',
  failed: 'could not start it',
} as const satisfies Record<End, string>;

/** Ends a locked promotion without a rollout. */
export async function endPromotion(
  tx: Transaction,
  organizationId: string,
  promotion: Pick<LockedPromotion, 'id' | 'releaseName' | 'releaseId' | 'stageId' | 'stageName'>,
  { state, reason, context }: { state: End; reason: string | null; context: ChangeContext },
): Promise<void> {
  await tx.execute(
    `UPDATE promotion SET state = $2, reason = $3, last_change = $4, changed_at = $5, finished_at = $5, next_look_at = NULL,
            version = version + 1
      WHERE id = $1`,
    [promotion.id, state, reason, `${context.actor.name} ${words[state]}`, tx.now],
  );
  const transition = { action: `promotion.${state}`, after: { state }, reason: reason ?? undefined } as const;
  await tellPromotion(tx, organizationId, { promotion, transition, context });
}

export type EndInput = { promotionId: string; version?: number | null | undefined; reason?: string | undefined };

/**
 * A person calls a promotion off (`canceled`), or says no to it (`rejected`).
 * @throws StoreError NOT_FOUND, VERSION_STALE, STATE_CONFLICT when it does not wait any more
 */
export async function endPromotionByPerson(
  tx: Transaction,
  organizationId: string,
  { state, ...input }: EndInput & { state: 'canceled' | 'rejected' },
  context: ChangeContext,
): Promise<void> {
  const promotion = await lockWaiting(tx, organizationId, input);
  await endPromotion(tx, organizationId, promotion, { state, reason: input.reason ?? null, context });
}
