/** Starts promotions that nothing blocks any more. */
import type { Approval, RolloutPolicy } from '@sluice/contracts';
import { type Eligibility, eligibilityOf } from '@sluice/promotion';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError } from '../errors.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { createRollout } from '../rollouts/create-rollout.ts';
import type { NewRollout } from '../rollouts/types.ts';
import { endPromotion } from './end-promotion.ts';
import { loadFacts } from './load-facts.ts';
import { type LockedPromotion, tellPromotion } from './lock-promotion.ts';

/** What looking at a promotion came to. `rolloutId`: it started; enqueue `rollout.advance` after the commit. */
export type Looked = { rolloutId: string | null; eligibility: Eligibility; approval: Approval | undefined };

const startedChange = (by: string): string => `It started (${by})`;

/**
 * Looks at a locked promotion with the facts of now: starts its rollout when nothing blocks it, else notes when to look again. The rollout gets its
 * own copy of the policy of this moment, and the variables as they are now.
 */
export async function startIfEligible(
  tx: Transaction,
  organizationId: string,
  promotion: LockedPromotion,
  context: ChangeContext,
): Promise<Looked> {
  const { id, releaseId, stageId } = promotion;
  const loaded = await loadFacts(tx, organizationId, { releaseIds: [releaseId], stageIds: [stageId], now: tx.now });
  const [release] = loaded.releases;
  const [stage] = loaded.stages;
  if (release === undefined) throw notFound('release', releaseId);
  if (stage === undefined) throw notFound('stage', stageId);
  const eligibility = eligibilityOf(loaded.factsOf(release, stage), tx.now.getTime());
  const { approval } = stage.gates;
  if (!eligibility.isEligible) {
    const lookAt = eligibility.lookAgainAt === null ? null : new Date(eligibility.lookAgainAt);
    await tx.execute('UPDATE promotion SET next_look_at = $2 WHERE id = $1 AND next_look_at IS DISTINCT FROM $2', [id, lookAt]);
    return { rolloutId: null, eligibility, approval };
  }
  const rolloutId = await start(tx, organizationId, promotion, context);
  return { rolloutId, eligibility, approval };
}

async function start(tx: Transaction, organizationId: string, promotion: LockedPromotion, context: ChangeContext): Promise<string | null> {
  const { id } = promotion;
  try {
    const rollout = await createRollout(tx, organizationId, rolloutOf(promotion), context);
    await tx.execute(
      `UPDATE promotion SET state = 'started', rollout_id = $2, last_change = $3, changed_at = $4, finished_at = $4, next_look_at = NULL,
              version = version + 1
        WHERE id = $1`,
      [id, rollout.id, startedChange(context.actor.name), tx.now],
    );
    const transition = { action: 'promotion.started', after: { rolloutId: rollout.id, revision: promotion.revision } } as const;
    await tellPromotion(tx, organizationId, { promotion, transition, context });
    return rollout.id;
  } catch (error) {
    // Refused before anything was written: it would be refused for ever.
    if (!(error instanceof StoreError) || error.code !== 'POLICY_INVALID') throw error;
    await endPromotion(tx, organizationId, promotion, { state: 'failed', reason: error.message, context });
    return null;
  }
}

function rolloutOf(promotion: LockedPromotion): NewRollout {
  const { id, releaseId, stageId, policy, priority, hotfixReason, planSeed, creatorId, createdBy } = promotion;
  return {
    ...{ releaseId, stageId, priority },
    ...(policy === null ? {} : { policy: policy satisfies RolloutPolicy }),
    ...(hotfixReason === null ? {} : { hotfixReason }),
    ...(planSeed === null ? {} : { planSeed }),
    promotion: { id, creatorId, createdBy },
  };
}
