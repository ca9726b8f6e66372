import type { RolloutPolicy } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf, type Happening } from '../ledger/change-context.ts';

/** A promotion that waits, and what of its stage decides about approvals. Its stage's row and its own are locked. */
export type LockedPromotion = {
  id: string;
  stageId: string;
  stageName: string;
  releaseId: string;
  releaseName: string;
  creatorId: string;
  createdBy: string;
  origin: 'person' | 'automatic';
  policy: RolloutPolicy | null;
  startAt: Date | null;
  priority: number;
  hotfixReason: string | null;
  planSeed: string | null;
  revision: number;
  version: number;
};

/**
 * Holds the row of a stage until the transaction ends: whatever decides about promotions into it comes one after the other.
 * Lock order everywhere: the stage, its promotion, then the rollout.
 */
export async function lockStage(tx: Transaction, organizationId: string, stageId: string): Promise<void> {
  await tx.query('SELECT 1 FROM stage WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE', [organizationId, stageId]);
}

type Row = LockedPromotion & { state: string; lastChange: string; changedAt: Date };

/**
 * Locks a promotion that waits.
 * @param target.version refuse unless it still has this version
 * @throws StoreError NOT_FOUND, VERSION_STALE (who changed what), STATE_CONFLICT when it does not wait any more
 */
export async function lockWaiting(
  tx: Transaction,
  organizationId: string,
  target: { promotionId: string; version?: number | null | undefined },
): Promise<LockedPromotion> {
  const { promotionId, version } = target;
  const [place] = await tx.query<{ stageId: string }>(
    'SELECT stage_id AS "stageId" FROM promotion WHERE organization_id = $1 AND id = $2',
    [organizationId, promotionId],
  );
  if (place === undefined) throw notFound('promotion', promotionId);
  await lockStage(tx, organizationId, place.stageId);
  const [row] = await tx.query<Row>(
    `SELECT p.id, p.stage_id AS "stageId", s.name AS "stageName", p.release_id AS "releaseId", l.name AS "releaseName",
            p.creator_id AS "creatorId", p.created_by AS "createdBy", p.origin, c.policy, p.start_at AS "startAt", p.priority,
            p.hotfix_reason AS "hotfixReason", p.plan_seed AS "planSeed", p.revision, p.version, p.state, p.last_change AS "lastChange",
            p.changed_at AS "changedAt"
       FROM promotion p JOIN stage s ON s.id = p.stage_id JOIN release l ON l.id = p.release_id
       LEFT JOIN rollout_policy c ON c.id = p.policy_id
      WHERE p.id = $1 FOR NO KEY UPDATE OF p`,
    [promotionId],
  );
  if (row === undefined) throw notFound('promotion', promotionId);
  const { state, lastChange, changedAt, ...promotion } = row;
  const last = `${lastChange} at ${changedAt.toISOString()}`;
  if (version != null && version !== promotion.version) {
    throw new StoreError(
      'VERSION_STALE',
      `The promotion was changed meanwhile: ${last} (its version is ${promotion.version} now). Read it again and decide anew.`,
    );
  }
  if (state !== 'waiting') throw stateConflict(`The promotion does not wait any more, it is ${state}: ${last}.`);
  return promotion;
}

type Transition = Pick<Happening, 'action'> & { after?: Record<string, string | number | boolean | null>; reason?: string | undefined };

/** Writes the ledger entry of a transition and tells streams. */
export async function tellPromotion(
  tx: Transaction,
  organizationId: string,
  {
    promotion,
    transition,
    context,
  }: {
    promotion: Pick<LockedPromotion, 'id' | 'releaseName' | 'releaseId' | 'stageId' | 'stageName'>;
    transition: Transition;
    context: ChangeContext;
  },
): Promise<void> {
  const { id, releaseName, releaseId, stageId, stageName } = promotion;
  const after = { releaseId, release: releaseName, stageId, stage: stageName, ...transition.after };
  const because = transition.reason === undefined ? context : { ...context, reason: transition.reason };
  const target = { kind: 'promotion', id, name: `${releaseName} into ${stageName}` } as const;
  await tx.record(entryOf(organizationId, because, { action: transition.action, target, after }));
  await tx.changed(organizationId, 'promotion', [id]);
}
