import type { Stage } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { type ChangeContext, entryOf, type Happening } from '../ledger/change-context.ts';

type Waiting = { id: string; releaseName: string };

async function tell(
  tx: Transaction,
  organizationId: string,
  { waiting, happening }: { waiting: readonly Waiting[]; happening: Pick<Happening, 'action' | 'after'> },
  context: ChangeContext,
): Promise<void> {
  await tx.recordMany(
    waiting.map(({ id, releaseName }) =>
      entryOf(organizationId, context, { ...happening, target: { kind: 'promotion', id, name: releaseName } }),
    ),
  );
  await tx.changed(
    organizationId,
    'promotion',
    waiting.map(({ id }) => id),
  );
}

/** The stage is deleted: promotions that wait for it are canceled, and say so. */
export async function cancelPromotionsInto(
  tx: Transaction,
  organizationId: string,
  { id: stageId, name: stageName }: Pick<Stage, 'id' | 'name'>,
  context: ChangeContext,
): Promise<void> {
  const reason = `The stage "${stageName}" was deleted.`;
  const waiting = await tx.query<Waiting>(
    `update promotion p
        set state = 'canceled', reason = $2, last_change = $3, changed_at = $4, finished_at = $4, next_look_at = null, version = version + 1
       from release l where l.id = p.release_id and p.stage_id = $1 and p.state = 'waiting' returning p.id, l.name as "releaseName"`,
    [stageId, reason, context.actor.name, tx.now],
  );
  const after = { state: 'canceled', stage: stageName, reason };
  await tell(tx, organizationId, { waiting, happening: { action: 'promotion.canceled', after } }, context);
}

/**
 * Parts of a stage changed: promotions that wait for it are looked at again. What people approved is void where its gates, what it comes after,
 * or the policy that the rollout would follow is another one.
 */
export async function reviewPromotionsInto(
  tx: Transaction,
  organizationId: string,
  { stage, parts }: { stage: Pick<Stage, 'id' | 'name'>; parts: readonly string[] },
  context: ChangeContext,
): Promise<void> {
  const isOther = parts.includes('gates') || parts.includes('after');
  const edited = await tx.query<Waiting>(
    `update promotion p
        set revision = revision + 1, last_change = $3, changed_at = $4, version = version + 1
       from release l where l.id = p.release_id and p.stage_id = $1 and p.state = 'waiting' and ($2 or ($5 and p.policy_id is null))
     returning p.id, l.name as "releaseName"`,
    [stage.id, isOther, context.actor.name, tx.now, parts.includes('policy')],
  );
  await tx.execute(`update promotion set next_look_at = $2 where stage_id = $1 and state = 'waiting'`, [stage.id, tx.now]);
  const after = { stage: stage.name, changed: [...parts] };
  await tell(tx, organizationId, { waiting: edited, happening: { action: 'promotion.edited', after } }, context);
}
