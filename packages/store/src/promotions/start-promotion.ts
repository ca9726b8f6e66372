/**
 * Starts promotions that nothing blocks any more. After a rollback devices have committed older files under a higher counter than that of releases
 * that were published since: those go there signed under a higher one still (docs/decisions/0004), which takes the key that only the worker opens.
 */
import type { Approval, RolloutPolicy } from '@sluice/contracts';
import { type Eligibility, eligibilityOf } from '@sluice/promotion';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError } from '../errors.ts';
import { stageMembersSql } from '../groups/membership.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { createRollout } from '../rollouts/create-rollout.ts';
import { releaseToGoBackTo } from '../rollouts/republish.ts';
import type { ReleaseSigner } from '../rollouts/run.ts';
import type { NewRollout } from '../rollouts/types.ts';
import { endPromotion } from './end-promotion.ts';
import { loadFacts } from './load-facts.ts';
import { type LockedPromotion, tellPromotion } from './lock-promotion.ts';

/** What looking at a promotion came to. `rolloutId`: it started; enqueue `rollout.advance` after the commit. */
export type Looked = { rolloutId: string | null; eligibility: Eligibility; approval: Approval | undefined };

const startedChange = (by: string): string => `It started (${by})`;

/**
 * Looks at a locked promotion with the facts of now: starts its rollout when nothing blocks it, else notes when to look again. The rollout gets its
 * own copy of the policy of this moment, and the variables as they are now. Without a signer, one that has to be signed anew is left to the next look.
 */
export async function startIfEligible(
  tx: Transaction,
  organizationId: string,
  promotion: LockedPromotion,
  context: ChangeContext,
  releaseSigner?: ReleaseSigner,
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
  const aboveCounter = await highestCounter(tx, promotion);
  if (aboveCounter <= release.counter) {
    return { rolloutId: await start(tx, organizationId, promotion, context), eligibility, approval };
  }
  if (releaseSigner === undefined) return { rolloutId: null, eligibility, approval };
  const { applicationId } = release;
  const signing = { signer: await releaseSigner(tx, organizationId), actor: context.actor };
  const signed = await releaseToGoBackTo(tx, { organizationId, releaseId, applicationId, aboveCounter }, signing);
  if (signed === null) {
    const reason = `Devices of ${stage.name} have committed a higher counter than that of ${release.name}, and the key to sign it anew is kept offline: publish a new release.`;
    await endPromotion(tx, organizationId, promotion, { state: 'failed', reason, context });
    return { rolloutId: null, eligibility, approval };
  }
  return { rolloutId: await start(tx, organizationId, { ...promotion, releaseId: signed }, context), eligibility, approval };
}

/** The highest counter that devices of the stage may have committed: they refuse anything below it. */
async function highestCounter(tx: Transaction, { stageId }: LockedPromotion): Promise<number> {
  const [row] = await tx.query<{ counter: number | null }>(
    `SELECT greatest(
       (SELECT max(l.counter) FROM rollout r JOIN release l ON l.id = r.release_id WHERE r.stage_id = s.id),
       (SELECT max(l.counter) FROM ${stageMembersSql('s.id')} m JOIN device_desired x ON x.device_id = m.device_id
          JOIN release l ON l.id = x.release_id AND l.application_id = p.application_id)) AS counter
       FROM stage s JOIN pipeline p ON p.id = s.pipeline_id WHERE s.id = $1`,
    [stageId],
  );
  return row?.counter ?? 0;
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
