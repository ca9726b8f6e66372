import type { Pipeline, PipelineChange, Stage } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { requireGroups } from '../groups/groups.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { refuseBadGraph } from './pipeline-invalid-error.ts';
import { getPipeline } from './pipelines.ts';
import { changesOf, draftOfPipeline, type PipelineDraft, type StageDraft } from './plan.ts';
import { deleteStages, refuseActiveRollouts } from './remove-stages.ts';
import { reviewPromotionsInto } from './stage-promotions.ts';
import { factsOf, insertStage, insertStagePolicy, setStageGroups, setUpstreams } from './write-stages.ts';

/** `only`: the place in the draft of the single stage that the request is about; pointers of a refusal are then into that stage. */
export type PipelineWrite = { held: Pipeline; draft: PipelineDraft; only?: number; validateOnly?: boolean };

/**
 * Makes a held pipeline what the draft says: the one place where stages are added, removed and changed. With nothing to change, or with
 * `validateOnly`, nothing is written.
 * @returns what changed, or would
 * @throws StoreError NOT_FOUND for a group, NAME_TAKEN, ROLLOUT_ACTIVE; PipelineInvalidError NAME_TAKEN, PIPELINE_INVALID
 */
export async function writePipeline(
  tx: Transaction,
  organizationId: string,
  { held, draft, only, validateOnly = false }: PipelineWrite,
  context: ChangeContext,
): Promise<PipelineChange[]> {
  refuseBadGraph(draft.stages, only);
  const changes = changesOf(draftOfPipeline(held), draft);
  if (changes.length === 0) return changes;
  const removed = held.stages.filter(({ id }) => !draft.stages.some((stage) => stage.id === id));
  const groupIds = draft.stages.flatMap((stage) => stage.groupIds);
  await requireGroups(tx, organizationId, groupIds);
  await refuseActiveRollouts(tx, removed);
  if (validateOnly) return changes;
  await deleteStages(tx, organizationId, { removed, stages: held.stages }, context);
  await writeStages(tx, organizationId, { held, draft, changes }, context);
  await tx.execute('update pipeline set name = $2, version = version + 1 where id = $1', [held.id, draft.name]);
  await tellChanges(tx, organizationId, { held, changes }, context);
  await tx.changed(organizationId, 'pipeline', [held.id]);
  return changes;
}

type Placed = { draft: StageDraft; id: string; position: number };

/** New stages, the parts of present ones that differ and, when all are there, everybody's place and who comes after whom. */
async function writeStages(
  tx: Transaction,
  organizationId: string,
  { held, draft, changes }: { held: Pipeline; draft: PipelineDraft; changes: readonly PipelineChange[] },
  context: ChangeContext,
): Promise<void> {
  const placed = draft.stages.map((stage, position): Placed => ({ draft: stage, id: stage.id ?? tx.uuid(), position }));
  const written = placed.filter((stage) => stage.draft.id === null || partsOf(stage, held, changes).length > 0);
  for (const stage of written) {
    const before = held.stages.find(({ id }) => id === stage.id);
    if (before === undefined) {
      await insertStage(tx, organizationId, { ...stage.draft, id: stage.id, position: stage.position, pipelineId: held.id }, context);
    } else {
      await changeStage(tx, organizationId, { before, after: stage.draft, parts: partsOf(stage, held, changes) }, context);
    }
  }
  for (const { id, draft: stage } of written) {
    const upstreams = placed.filter((each) => stage.after.includes(each.draft.name));
    await setUpstreams(
      tx,
      id,
      upstreams.map((each) => each.id),
    );
  }
  await tx.execute(
    `update stage set position = asked.place - 1 from unnest($1::uuid[]) with ordinality as asked (id, place) where stage.id = asked.id`,
    [placed.map(({ id }) => id)],
  );
}

/** The parts of a present stage that differ. */
function partsOf({ id }: Pick<Placed, 'id'>, held: Pipeline, changes: readonly PipelineChange[]): string[] {
  const name = held.stages.find((stage) => stage.id === id)?.name;
  const change = changes.find((each) => each.kind === 'stage_changed' && each.stageName === name);
  return Object.keys(change?.after ?? {});
}

async function changeStage(
  tx: Transaction,
  organizationId: string,
  { before, after, parts }: { before: Stage; after: StageDraft; parts: readonly string[] },
  context: ChangeContext,
): Promise<void> {
  if (parts.includes('groupIds')) await setStageGroups(tx, before.id, after.groupIds);
  const policy = { stageId: before.id, version: before.policyVersion + 1, policy: after.policy };
  const policyId = parts.includes('policy') ? await insertStagePolicy(tx, organizationId, policy, context) : null;
  await tx.execute('update stage set name = $2, policy_id = coalesce($3, policy_id), gates = $4, version = version + 1 where id = $1', [
    before.id,
    after.name,
    policyId,
    JSON.stringify(after.gates),
  ]);
}

/** The ledger entries of present stages and of the pipeline itself; promotions on their way into the stages are looked at again. */
async function tellChanges(
  tx: Transaction,
  organizationId: string,
  { held, changes }: { held: Pipeline; changes: readonly PipelineChange[] },
  context: ChangeContext,
): Promise<void> {
  const now = await getPipeline(tx, organizationId, held.id);
  const facts = ({ name, stages }: Pipeline) => ({ name, stages: stages.map((stage) => stage.name) });
  if (changes.some(({ kind }) => kind === 'pipeline_renamed' || kind === 'stages_reordered')) {
    const target = { kind: 'pipeline', id: held.id, name: now.name } as const;
    await tx.record(entryOf(organizationId, context, { action: 'pipeline.changed', target, before: facts(held), after: facts(now) }));
  }
  for (const before of held.stages) {
    const after = now.stages.find(({ id }) => id === before.id);
    const parts = partsOf(before, held, changes);
    if (after === undefined || parts.length === 0) continue;
    const target = { kind: 'stage', id: after.id, name: after.name } as const;
    const told = { before: factsOf(before, held.stages), after: factsOf(after, now.stages) };
    await tx.record(entryOf(organizationId, context, { action: 'stage.changed', target, ...told }));
    await reviewPromotionsInto(tx, organizationId, { stage: after, parts }, context);
  }
}
