import type { Approval, UpdatePromotionRequest } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { insertPolicy, refuseBadPolicy } from '../rollouts/create-rollout.ts';
import { lockWaiting, tellPromotion } from './lock-promotion.ts';
import { startIfEligible } from './start-promotion.ts';

/**
 * A person changes how a promotion starts. What people approved is void: they approved something else.
 * @returns the rollout that started; null: it waits on
 * @throws StoreError NOT_FOUND, VERSION_STALE, STATE_CONFLICT, POLICY_INVALID
 */
export async function editPromotion(
  tx: Transaction,
  organizationId: string,
  target: { promotionId: string; version: number | null; changes: UpdatePromotionRequest },
  context: ChangeContext,
): Promise<string | null> {
  const { changes } = target;
  const before = await lockWaiting(tx, organizationId, target);
  if (changes.policy != null) refuseBadPolicy(changes.policy);
  const policyId = changes.policy == null ? null : await insertPolicy(tx, organizationId, changes.policy, context);
  await tx.execute(
    `UPDATE promotion
        SET policy_id = CASE WHEN $2 THEN $3::uuid ELSE policy_id END, start_at = CASE WHEN $4 THEN $5::timestamptz ELSE start_at END,
            priority = coalesce($6, priority), hotfix_reason = CASE WHEN $7 THEN $8 ELSE hotfix_reason END,
            revision = revision + 1, version = version + 1, last_change = $9, changed_at = $10
      WHERE id = $1`,
    [
      before.id,
      changes.policy !== undefined,
      policyId,
      changes.startAt !== undefined,
      changes.startAt ?? null,
      changes.priority ?? null,
      changes.hotfixReason !== undefined,
      changes.hotfixReason ?? null,
      `${context.actor.name} edited it`,
      tx.now,
    ],
  );
  const promotion = await lockWaiting(tx, organizationId, { promotionId: before.id });
  const after = {
    revision: promotion.revision,
    ...(changes.startAt === undefined ? {} : { startAt: changes.startAt }),
    ...(changes.priority === undefined ? {} : { priority: changes.priority }),
    ...(changes.hotfixReason === undefined ? {} : { hotfixReason: changes.hotfixReason }),
    ...(changes.policy === undefined ? {} : { ownPolicy: changes.policy !== null }),
  };
  await tellPromotion(tx, organizationId, {
    promotion,
    transition: { action: 'promotion.edited', after, reason: changes.reason },
    context,
  });
  const looked = await startIfEligible(tx, organizationId, promotion, context);
  if (looked.rolloutId === null && looked.approval !== undefined) {
    await tellPromotion(tx, organizationId, { promotion, transition: needed(looked.approval, promotion.revision), context });
  }
  return looked.rolloutId;
}

function needed({ required, role, creatorExcluded }: Approval, revision: number) {
  return { action: 'promotion.approval_needed', after: { required, role, creatorExcluded, revision } } as const;
}
