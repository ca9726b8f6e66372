import type { NamedStage, Stage, UpdateStageRequest } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { notFound, versionStale } from '../errors.ts';
import { requireGroups } from '../groups/groups.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { closePipelineChange, holdPipelineOfStage } from './hold-pipeline.ts';
import { refuseBadGraph } from './pipeline-invalid-error.ts';
import { getStage } from './stages.ts';
import { factsOf, insertStagePolicy, setStageGroups, setUpstreams } from './write-stages.ts';

/** The stages by name with the names they come after. */
export function namedGraph(stages: readonly Stage[]): (NamedStage & { after: string[] })[] {
  return stages.map((stage) => ({ name: stage.name, after: factsOf(stage, stages).after }));
}

/** The ids of stages by their names. */
export function idsOf(names: readonly string[], stages: readonly Pick<Stage, 'id' | 'name'>[]): string[] {
  return names.flatMap((name) => stages.find((stage) => stage.name === name)?.id ?? []);
}

/**
 * Changes a stage; what is left out stays. `version`: the one that the change was made from (`If-Match`), null for whichever it is.
 * @throws StoreError NOT_FOUND, VERSION_STALE; PipelineInvalidError NAME_TAKEN, PIPELINE_INVALID
 */
export async function updateStage(
  tx: Transaction,
  organizationId: string,
  input: { stageId: string; version: number | null; changes: UpdateStageRequest },
  context: ChangeContext,
): Promise<Stage> {
  const { stageId, changes } = input;
  const { stages, id: pipelineId } = await holdPipelineOfStage(tx, organizationId, stageId);
  const before = stages.find(({ id }) => id === stageId);
  if (before === undefined) throw notFound('stage', stageId);
  if (input.version !== null && before.version !== input.version) throw versionStale('stage', stageId, before.version);
  const names = { name: changes.name ?? before.name, after: changes.after ?? factsOf(before, stages).after };
  refuseBadGraph(
    namedGraph(stages).map((stage) => (stage.name === before.name ? names : stage)),
    stages.indexOf(before),
  );
  await writeChanges(tx, organizationId, { before, changes, stages }, context);
  const after = await getStage(tx, organizationId, stageId);
  await tx.record(
    entryOf(organizationId, context, {
      action: 'stage.changed',
      target: { kind: 'stage', id: stageId, name: after.name },
      before: factsOf(before, stages),
      after: factsOf(after, stages),
    }),
  );
  await closePipelineChange(tx, organizationId, pipelineId);
  return after;
}

async function writeChanges(
  tx: Transaction,
  organizationId: string,
  input: { before: Stage; changes: UpdateStageRequest; stages: readonly Stage[] },
  context: ChangeContext,
): Promise<void> {
  const { before, changes, stages } = input;
  if (changes.groupIds !== undefined) {
    await requireGroups(tx, organizationId, changes.groupIds);
    await setStageGroups(tx, before.id, changes.groupIds);
  }
  if (changes.after !== undefined) await setUpstreams(tx, before.id, idsOf(changes.after, stages));
  const policyId =
    changes.policy === undefined
      ? null
      : await insertStagePolicy(
          tx,
          organizationId,
          { stageId: before.id, version: before.policyVersion + 1, policy: changes.policy },
          context,
        );
  await tx.execute(
    `update stage set name = coalesce($2, name), policy_id = coalesce($3, policy_id), gates = coalesce($4, gates), version = version + 1
      where id = $1`,
    [before.id, changes.name ?? null, policyId, changes.gates === undefined ? null : JSON.stringify(changes.gates)],
  );
}
