/** What people say about promotions. Whether it counts is decided when it is needed, with the roles of that moment. */
import type { Approval } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';
import { stateConflict } from '../errors.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { refuseApprover } from '../rollouts/approvals.ts';
import { type LockedPromotion, lockWaiting, tellPromotion } from './lock-promotion.ts';
import { startIfEligible } from './start-promotion.ts';

type Rule = { approval: Approval | null; role: string | null };

/**
 * Notes that a person approves a promotion as it is; saying it twice is saying it once. Starts it when that was the last thing it waited for.
 * @returns the rollout that started; null: it waits on
 * @throws StoreError NOT_FOUND, VERSION_STALE, STATE_CONFLICT (nothing to approve, not a person, the creator, too low a role)
 */
export async function approvePromotion(
  tx: Transaction,
  organizationId: string,
  target: { promotionId: string; version?: number | null | undefined; comment: string },
  context: ChangeContext,
): Promise<string | null> {
  const { actor } = context;
  const promotion = await lockWaiting(tx, organizationId, target);
  const [rule] = await tx.query<Rule>(
    `SELECT s.gates -> 'approval' AS approval, m.role
       FROM stage s LEFT JOIN membership m ON m.organization_id = s.organization_id AND m.person_id::text = $2
      WHERE s.id = $1`,
    [promotion.stageId, actor.kind === 'person' ? actor.id : ''],
  );
  refuseApproval(promotion, rule, context);
  const inserted = await tx.execute(
    `INSERT INTO promotion_approval (promotion_id, person_id, revision, person_name, comment, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [promotion.id, actor.id, promotion.revision, actor.name, target.comment, tx.now],
  );
  if (inserted === 0) return null;
  // The version stays: two people who approve what both have read do not get into each other's way.
  await tx.execute('UPDATE promotion SET last_change = $2, changed_at = $3 WHERE id = $1', [
    promotion.id,
    `${actor.name} approved it`,
    tx.now,
  ]);
  const transition = { action: 'promotion.approved', after: { revision: promotion.revision, comment: target.comment } } as const;
  await tellPromotion(tx, organizationId, { promotion, transition, context });
  return (await startIfEligible(tx, organizationId, promotion, context)).rolloutId;
}

function refuseApproval({ creatorId }: LockedPromotion, rule: Rule | undefined, { actor }: ChangeContext): void {
  const approval = rule?.approval ?? null;
  if (approval === null) throw stateConflict('The stage asks for no approval.');
  refuseApprover('promotion', { approval, creatorId, role: rule?.role ?? null }, actor);
}
