import type { CreatePipelineRequest, Pipeline, PipelineChange, UpdatePipelineRequest } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { holdPipeline } from './hold-pipeline.ts';
import { PipelineInvalidError } from './pipeline-invalid-error.ts';
import { getPipeline } from './pipelines.ts';
import { draftOfInputs, draftOfPipeline, type PipelineDraft } from './plan.ts';
import { deleteStages, refuseActiveRollouts } from './remove-stages.ts';
import { writePipeline } from './write-pipeline.ts';

/** `version`: the one that the change was made from (`If-Match`), null for whichever it is. */
type OfPipeline = { pipelineId: string; version: number | null };

/** The stages in another order, and after others where that is said. */
function draftInOrder(draft: PipelineDraft, asked: NonNullable<UpdatePipelineRequest['stages']>): PipelineDraft {
  const missing = draft.stages.filter(({ name }) => !asked.some((stage) => stage.name === name));
  const errors = [
    ...missing.map(({ name }) => ({ pointer: '/stages', detail: `"${name}" is missing: name every stage of the pipeline.` })),
    ...asked.flatMap(({ name }, index) => {
      const pointer = `/stages/${index}/name`;
      if (!draft.stages.some((stage) => stage.name === name)) return [{ pointer, detail: `The pipeline has no stage "${name}".` }];
      return asked.findIndex((stage) => stage.name === name) === index
        ? []
        : [{ pointer, detail: `"${name}" stands here twice: name it once.` }];
    }),
  ];
  if (errors.length > 0) throw new PipelineInvalidError('PIPELINE_INVALID', errors);
  const stages = asked.flatMap(({ name, after }) => {
    const stage = draft.stages.find((each) => each.name === name);
    return stage === undefined ? [] : [{ ...stage, after: after ?? stage.after }];
  });
  return { ...draft, stages };
}

/**
 * Gives a pipeline another name, its stages another order or other upstreams; what is left out stays.
 * @throws StoreError NOT_FOUND, VERSION_STALE, NAME_TAKEN; PipelineInvalidError PIPELINE_INVALID
 */
export async function updatePipeline(
  tx: Transaction,
  organizationId: string,
  { changes, ...of }: OfPipeline & { changes: UpdatePipelineRequest },
  context: ChangeContext,
): Promise<Pipeline> {
  const held = await holdPipeline(tx, organizationId, of.pipelineId, of.version);
  const named = { ...draftOfPipeline(held), name: changes.name ?? held.name };
  const draft = changes.stages === undefined ? named : draftInOrder(named, changes.stages);
  await writePipeline(tx, organizationId, { held, draft }, context);
  return getPipeline(tx, organizationId, held.id);
}

/**
 * Makes a pipeline exactly what the request says; stages are told by their names.
 * @throws StoreError NOT_FOUND, VERSION_STALE, NAME_TAKEN, ROLLOUT_ACTIVE; PipelineInvalidError NAME_TAKEN, PIPELINE_INVALID
 */
export async function replacePipeline(
  tx: Transaction,
  organizationId: string,
  input: OfPipeline & { request: CreatePipelineRequest; validateOnly: boolean },
  context: ChangeContext,
): Promise<{ pipeline: Pipeline; changes: PipelineChange[] }> {
  const held = await holdPipeline(tx, organizationId, input.pipelineId, input.version);
  const draft = { name: input.request.name, stages: draftOfInputs(input.request.stages, held.stages) };
  const changes = await writePipeline(tx, organizationId, { held, draft, validateOnly: input.validateOnly }, context);
  return { pipeline: await getPipeline(tx, organizationId, held.id), changes };
}

/**
 * Deletes a pipeline with its stages; promotions that wait for one of them are canceled.
 * @throws StoreError NOT_FOUND, VERSION_STALE, ROLLOUT_ACTIVE
 */
export async function deletePipeline(tx: Transaction, organizationId: string, input: OfPipeline, context: ChangeContext): Promise<void> {
  const held = await holdPipeline(tx, organizationId, input.pipelineId, input.version);
  await refuseActiveRollouts(tx, held.stages);
  await deleteStages(tx, organizationId, { removed: held.stages, stages: held.stages }, context);
  await tx.execute('update pipeline set deleted_at = $2, version = version + 1 where id = $1', [held.id, tx.now]);
  const before = { name: held.name, stages: held.stages.map(({ name }) => name) };
  const target = { kind: 'pipeline', id: held.id, name: held.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'pipeline.deleted', target, before }));
  await tx.changed(organizationId, 'pipeline', [held.id]);
}
