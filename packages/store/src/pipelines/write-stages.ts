import { NO_GATES, type RolloutPolicy, type Stage, type StageGates, type StageInput } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { requireGroups } from '../groups/groups.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

/** What the ledger says of a stage before and after a change; stages by name, as people know them. */
export type StageFacts = Pick<Stage, 'name' | 'groupIds' | 'policyVersion' | 'gates'> & { after: string[] };

/** The facts of one of these stages. */
export function factsOf({ name, groupIds, policyVersion, gates, upstreamStageIds }: Stage, all: readonly Stage[]): StageFacts {
  return { name, groupIds, policyVersion, gates, after: upstreamStageIds.map((id) => all.find((stage) => stage.id === id)?.name ?? id) };
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

/** Makes the stages that a stage comes after exactly these. Whoever calls has checked that no cycle comes of it. */
export async function setUpstreams(tx: Transaction, stageId: string, upstreamIds: readonly string[]): Promise<void> {
  await tx.execute('delete from stage_upstream where stage_id = $1 and upstream_id <> all($2::uuid[])', [stageId, upstreamIds]);
  await tx.execute(
    'insert into stage_upstream (stage_id, upstream_id) select $1, id from unnest($2::uuid[]) as asked (id) on conflict do nothing',
    [stageId, upstreamIds],
  );
}

/** A new stage of a pipeline: its id is drawn by whoever calls, so that stages can name each other; `after` are names for the ledger. */
export type NewStage = Pick<StageInput, 'name' | 'groupIds' | 'policy'> & {
  id: string;
  pipelineId: string;
  position: number;
  gates?: StageGates | undefined;
  after: readonly string[];
};

/**
 * Writes a stage with its first policy and its groups, without its upstreams, which may not be there yet.
 * @throws StoreError NOT_FOUND for a group, NAME_TAKEN
 */
export async function insertStage(tx: Transaction, organizationId: string, stage: NewStage, context: ChangeContext): Promise<void> {
  const { id, pipelineId, name, position, groupIds, gates = NO_GATES, after } = stage;
  await requireGroups(tx, organizationId, groupIds);
  const policyId = await insertStagePolicy(tx, organizationId, { stageId: id, version: 1, policy: stage.policy }, context);
  await tx.execute(
    'insert into stage (id, organization_id, pipeline_id, name, position, policy_id, gates) values ($1, $2, $3, $4, $5, $6, $7)',
    [id, organizationId, pipelineId, name, position, policyId, JSON.stringify(gates)],
  );
  await setStageGroups(tx, id, groupIds);
  const facts = { pipeline: pipelineId, position, groupIds, policy: policyId, gates, after: [...after] };
  await tx.record(entryOf(organizationId, context, { action: 'stage.created', target: { kind: 'stage', id, name }, after: facts }));
}
