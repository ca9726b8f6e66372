import type { Rollout, RolloutForecast, RolloutPolicy } from '@sluice/contracts';
import { validatePolicy } from '@sluice/rollout';
import { creatorIdOf } from '../api-tokens/api-tokens.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError } from '../errors.ts';
import { stageMembersSql } from '../groups/membership.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { announceChanges } from './announce.ts';
import { findRollout } from './read-rollout.ts';
import type { NewRollout } from './types.ts';

type Target = {
  releaseApplicationId: string;
  releaseDigest: string;
  stageApplicationId: string;
  policyId: string;
  policy: RolloutPolicy;
  devices: number;
};

/**
 * Plans a promotion: the release goes into the stage as soon as the worker looks (enqueue `rollout.advance` after the commit).
 * @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE (another application's release), STAGE_EMPTY, POLICY_INVALID
 */
export async function createRollout(tx: Transaction, organizationId: string, input: NewRollout, context: ChangeContext): Promise<Rollout> {
  const target = await readTarget(tx, organizationId, input, { lock: true });
  const policy = input.policy ?? target.policy;
  refuseBadPolicy(policy);
  const policyId = input.policy === undefined ? target.policyId : await insertPolicy(tx, organizationId, policy, context);
  const id = tx.uuid();
  await tx.execute(
    `INSERT INTO rollout (id, organization_id, application_id, release_id, stage_id, policy_id, kind, state, size, created_by, creator_id,
                          created_at, next_timer_at, start_at, priority, hotfix_reason, plan_seed, variables_revision)
     SELECT $1, o.id, $3, $4, $5, $6, 'promotion', $7, $8, $9, $10, $11, $11, $12, $13, $14, $15, o.variables_revision
       FROM organization o WHERE o.id = $2`,
    [
      id,
      organizationId,
      target.stageApplicationId,
      input.releaseId,
      input.stageId,
      policyId,
      policy.approval === undefined ? 'scheduled' : 'pending_approval',
      target.devices,
      input.promotion?.createdBy ?? context.actor.name,
      input.promotion?.creatorId ?? (await creatorIdOf(tx, context.actor)),
      tx.now,
      input.startAt ?? null,
      input.priority ?? 0,
      input.hotfixReason ?? null,
      input.planSeed ?? null,
    ],
  );
  if (input.forecast !== undefined) await insertForecast(tx, id, input.forecast);
  const after = {
    releaseId: input.releaseId,
    releaseDigest: target.releaseDigest,
    stageId: input.stageId,
    policyId,
    policy,
    ...chosen(input),
  };
  const happening = { action: 'rollout.created', target: { kind: 'rollout', id }, after } as const;
  await tx.record({ ...entryOf(organizationId, context, happening), rolloutId: id });
  await announceChanges(tx, organizationId, { rolloutIds: [id] });
  const rollout = await findRollout(tx, organizationId, id);
  if (rollout === undefined) throw notFound('rollout', id);
  return rollout;
}

/** What was chosen for this rollout besides the policy. */
function chosen({ startAt, priority, hotfixReason, planSeed, promotion }: NewRollout): Record<string, string | number> {
  return {
    ...(startAt === undefined ? {} : { startAt: startAt.toISOString() }),
    ...(priority === undefined ? {} : { priority }),
    ...(hotfixReason === undefined ? {} : { hotfixReason }),
    ...(planSeed === undefined ? {} : { planSeed }),
    ...(promotion === undefined ? {} : { promotionId: promotion.id }),
  };
}

/**
 * What a promotion is about. With `lock` the release is held, so that it is not deleted meanwhile; if it just was, there is none.
 * @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE, STAGE_EMPTY
 */
export async function readTarget(reader: Reader, organizationId: string, input: NewRollout, { lock }: { lock: boolean }): Promise<Target> {
  const [release] = await reader.query<{ applicationId: string; digest: string }>(
    `SELECT application_id AS "applicationId", digest FROM release WHERE organization_id = $1 AND id = $2${lock ? ' FOR KEY SHARE' : ''}`,
    [organizationId, input.releaseId],
  );
  if (release === undefined) throw notFound('release', input.releaseId);
  // Devices are joined by their key alone: without statistics Postgres would else read the whole organization for each member.
  const [stage] = await reader.query<Omit<Target, 'releaseApplicationId' | 'releaseDigest'>>(
    `SELECT p.application_id AS "stageApplicationId", s.policy_id AS "policyId", c.policy,
            (SELECT count(DISTINCT v.id) FILTER (WHERE v.approval = 'approved' AND v.organization_id = s.organization_id)::int
               FROM ${stageMembersSql('s.id')} m JOIN device v ON v.id = m.device_id) AS devices
       FROM stage s JOIN pipeline p ON p.id = s.pipeline_id JOIN rollout_policy c ON c.id = s.policy_id
      WHERE s.organization_id = $1 AND s.id = $2 AND s.deleted_at IS NULL${lock ? ' FOR KEY SHARE OF s' : ''}`,
    [organizationId, input.stageId],
  );
  if (stage === undefined) throw notFound('stage', input.stageId);
  if (stage.stageApplicationId !== release.applicationId) {
    throw new StoreError(
      'RELEASE_INCOMPATIBLE',
      "The release belongs to another application than the stage's pipeline: choose one of its own.",
    );
  }
  if (stage.devices === 0) {
    throw new StoreError('STAGE_EMPTY', 'The groups of the stage hold no approved device: add one before promoting into it.');
  }
  return { ...stage, releaseApplicationId: release.applicationId, releaseDigest: release.digest };
}

/** @throws StoreError POLICY_INVALID */
export function refuseBadPolicy(policy: RolloutPolicy): void {
  const errors = validatePolicy(policy).filter((problem) => problem.severity === 'error');
  if (errors.length === 0) return;
  throw new StoreError('POLICY_INVALID', errors.map(({ pointer, message }) => `${pointer}: ${message}`).join(' '));
}

/** A policy of this rollout alone: it belongs to no stage. */
export async function insertPolicy(
  tx: Transaction,
  organizationId: string,
  policy: RolloutPolicy,
  context: ChangeContext,
): Promise<string> {
  const id = tx.uuid();
  await tx.execute(
    `INSERT INTO rollout_policy (id, organization_id, stage_id, version, policy, created_by, created_at) VALUES ($1, $2, NULL, 1, $3, $4, $5)`,
    [id, organizationId, JSON.stringify(policy), context.actor.name, tx.now],
  );
  return id;
}

function insertForecast(tx: Transaction, rolloutId: string, forecast: RolloutForecast): Promise<number> {
  const row = [rolloutId, JSON.stringify(forecast), tx.now];
  return tx.execute('INSERT INTO rollout_forecast (rollout_id, forecast, created_at) VALUES ($1, $2, $3)', row);
}
