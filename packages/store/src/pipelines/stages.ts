import type { RolloutPolicy, Stage, UpdateStageRequest } from '@sluice/contracts';

import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, versionStale } from '../errors.ts';
import { requireGroups } from '../groups/groups.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

export const STAGES = `
  select s.id, s.pipeline_id as "pipelineId", s.name, s.position, p.policy, p.version as "policyVersion", s.version,
         coalesce((select jsonb_agg(g.group_id order by g.group_id) from stage_group g where g.stage_id = s.id), '[]') as "groupIds"
  from stage s join rollout_policy p on p.id = s.policy_id`;

/** @throws StoreError NOT_FOUND */
export async function getStage(reader: Reader, organizationId: string, stageId: string): Promise<Stage> {
  const [stage] = await reader.query<Stage>(`${STAGES} where s.organization_id = $1 and s.id = $2`, [organizationId, stageId]);
  if (stage === undefined) throw notFound('stage', stageId);
  return stage;
}

/** Writes a policy version of a stage; returns its id. Policies are immutable: rollouts keep the version they began with. */
export async function insertStagePolicy(
  tx: Transaction,
  organizationId: string,
  input: { stageId: string; version: number; policy: RolloutPolicy },
  context: ChangeContext,
): Promise<string> {
  const id = tx.uuid();
  await tx.execute(
    `insert into rollout_policy (id, organization_id, stage_id, version, policy, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, organizationId, input.stageId, input.version, JSON.stringify(input.policy), context.actor.name, tx.now],
  );
  const after = { stage: input.stageId, version: input.version, policy: input.policy };
  await tx.record(entryOf(organizationId, context, { action: 'policy.created', target: { kind: 'policy', id }, after }));
  return id;
}

/** Makes the groups of a stage exactly these. */
export async function setStageGroups(tx: Transaction, stageId: string, groupIds: readonly string[]): Promise<void> {
  await tx.execute('delete from stage_group where stage_id = $1 and group_id <> all($2::uuid[])', [stageId, groupIds]);
  await tx.execute(
    'insert into stage_group (stage_id, group_id) select $1, id from unnest($2::uuid[]) as asked (id) on conflict do nothing',
    [stageId, groupIds],
  );
}

type StageFacts = Pick<Stage, 'name' | 'groupIds' | 'policyVersion'>;

function facts({ name, groupIds, policyVersion }: StageFacts): StageFacts {
  return { name, groupIds, policyVersion };
}

/**
 * Changes a stage; what is left out stays. `version`: the one that the change was made from (`If-Match`).
 * @throws StoreError NOT_FOUND, VERSION_STALE, NAME_TAKEN
 */
export async function updateStage(
  tx: Transaction,
  organizationId: string,
  input: { stageId: string; version: number; changes: UpdateStageRequest },
  context: ChangeContext,
): Promise<Stage> {
  const { stageId, changes } = input;
  await tx.query('select 1 from stage where organization_id = $1 and id = $2 for no key update', [organizationId, stageId]);
  const before = await getStage(tx, organizationId, stageId);
  if (before.version !== input.version) throw versionStale('stage', stageId, before.version);
  if (changes.groupIds !== undefined) {
    await requireGroups(tx, organizationId, changes.groupIds);
    await setStageGroups(tx, stageId, changes.groupIds);
  }
  const policyId =
    changes.policy === undefined
      ? null
      : await insertStagePolicy(tx, organizationId, { stageId, version: before.policyVersion + 1, policy: changes.policy }, context);
  await tx.execute('update stage set name = coalesce($2, name), policy_id = coalesce($3, policy_id), version = version + 1 where id = $1', [
    stageId,
    changes.name ?? null,
    policyId,
  ]);
  const after = await getStage(tx, organizationId, stageId);
  const target = { kind: 'stage', id: stageId, name: after.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'stage.changed', target, before: facts(before), after: facts(after) }));
  await tx.changed(organizationId, 'pipeline', [after.pipelineId]);
  return after;
}
