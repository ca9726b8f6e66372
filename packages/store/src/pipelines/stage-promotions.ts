import type { Stage } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { endPromotion } from '../promotions/end-promotion.ts';
import { type LockedPromotion, lockWaiting, tellPromotion } from '../promotions/lock-promotion.ts';

/** The promotions that wait for a stage whose row is locked: none begins or starts meanwhile. */
async function waitingFor(tx: Transaction, organizationId: string, stageId: string): Promise<LockedPromotion[]> {
  const rows = await tx.query<{ id: string }>(`select id from promotion where stage_id = $1 and state = 'waiting' order by id`, [stageId]);
  const locked: LockedPromotion[] = [];
  for (const { id } of rows) locked.push(await lockWaiting(tx, organizationId, { promotionId: id }));
  return locked;
}

/** The stage is deleted: promotions that wait for it are canceled, and say so. */
export async function cancelPromotionsInto(
  tx: Transaction,
  organizationId: string,
  stage: Pick<Stage, 'id' | 'name'>,
  context: ChangeContext,
): Promise<void> {
  for (const promotion of await waitingFor(tx, organizationId, stage.id)) {
    const reason = `The stage "${stage.name}" was deleted.`;
    await endPromotion(tx, organizationId, promotion, { state: 'canceled', reason, context });
  }
}

/** Whether people who approved a promotion approved something else than what it is now. `parts`: what of its stage changed. */
function isEdited({ policy }: LockedPromotion, parts: readonly string[]): boolean {
  return parts.includes('gates') || parts.includes('after') || (parts.includes('policy') && policy === null);
}

/**
 * Parts of a stage changed. Where its gates, what it comes after, or the policy that the rollout would follow is another one, what people
 * approved for promotions that wait is void.
 */
export async function reviewPromotionsInto(
  tx: Transaction,
  organizationId: string,
  { stage, parts }: { stage: Pick<Stage, 'id' | 'name' | 'gates'>; parts: readonly string[] },
  context: ChangeContext,
): Promise<void> {
  for (const promotion of await waitingFor(tx, organizationId, stage.id)) {
    if (!isEdited(promotion, parts)) continue;
    await tx.execute(
      'update promotion set revision = revision + 1, version = version + 1, last_change = $2, changed_at = $3 where id = $1',
      [promotion.id, `${context.actor.name} changed the stage`, tx.now],
    );
    const revision = promotion.revision + 1;
    const edited = { action: 'promotion.edited', after: { revision, stageChanged: parts.join(', ') } } as const;
    await tellPromotion(tx, organizationId, { promotion, transition: edited, context });
    const { approval } = stage.gates;
    if (approval === undefined) continue;
    const needed = { action: 'promotion.approval_needed', after: { ...approval, revision } } as const;
    await tellPromotion(tx, organizationId, { promotion, transition: needed, context });
  }
}
