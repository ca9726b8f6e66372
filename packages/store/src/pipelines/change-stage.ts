import type { AddStageRequest, Stage, UpdateStageRequest } from '@sluice/contracts';
import { NO_GATES } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { notFound, stateConflict, versionStale } from '../errors.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { holdPipeline, holdPipelineOfStage } from './hold-pipeline.ts';
import { PipelineInvalidError } from './pipeline-invalid-error.ts';
import { getPipeline } from './pipelines.ts';
import { draftOfPipeline, draftWithName, draftWithout, type PipelineDraft, type StageDraft } from './plan.ts';
import { getStage } from './stages.ts';
import { writePipeline } from './write-pipeline.ts';

/** `version`: the one that the change was made from (`If-Match`), null for whichever it is. */
type OfStage = { stageId: string; version: number | null };

function heldStage(stages: readonly Stage[], { stageId, version }: OfStage): Stage {
  const stage = stages.find(({ id }) => id === stageId);
  if (stage === undefined) throw notFound('stage', stageId);
  if (version !== null && stage.version !== version) throw versionStale('stage', stageId, stage.version);
  return stage;
}

/**
 * Changes a stage; what is left out stays. With nothing that differs, nothing happens.
 * @throws StoreError NOT_FOUND, VERSION_STALE; PipelineInvalidError NAME_TAKEN, PIPELINE_INVALID
 */
export async function updateStage(
  tx: Transaction,
  organizationId: string,
  input: OfStage & { changes: UpdateStageRequest },
  context: ChangeContext,
): Promise<Stage> {
  const held = await holdPipelineOfStage(tx, organizationId, input.stageId);
  const { name, ...parts } = input.changes;
  const stage = heldStage(held.stages, input);
  const named = draftWithName(draftOfPipeline(held), stage.id, name ?? stage.name);
  const draft = { ...named, stages: named.stages.map((each) => (each.id === stage.id ? { ...each, ...parts } : each)) };
  await writePipeline(tx, organizationId, { held, draft, only: held.stages.indexOf(stage) }, context);
  return getStage(tx, organizationId, stage.id);
}

/**
 * Deletes a stage. Those that came after it come after what it came after; promotions that wait for it are canceled.
 * @throws StoreError NOT_FOUND, VERSION_STALE, ROLLOUT_ACTIVE, STATE_CONFLICT for the only stage of a pipeline
 */
export async function removeStage(tx: Transaction, organizationId: string, input: OfStage, context: ChangeContext): Promise<void> {
  const held = await holdPipelineOfStage(tx, organizationId, input.stageId);
  const stage = heldStage(held.stages, input);
  if (held.stages.length === 1) {
    throw stateConflict(`"${stage.name}" is the only stage of the pipeline "${held.name}": delete the pipeline instead.`);
  }
  await writePipeline(tx, organizationId, { held, draft: draftWithout(draftOfPipeline(held), stage.id) }, context);
}

/** The draft with a new stage, and its place in it. */
function draftWith(draft: PipelineDraft, { before = [], after, gates = NO_GATES, ...parts }: AddStageRequest): [PipelineDraft, number] {
  const unknown = before.flatMap((name, place) =>
    draft.stages.some((stage) => stage.name === name)
      ? []
      : [{ pointer: `/before/${place}`, detail: `The pipeline has no stage "${name}".` }],
  );
  if (unknown.length > 0) throw new PipelineInvalidError('PIPELINE_INVALID', unknown);
  const first = draft.stages.findIndex(({ name }) => before.includes(name));
  const place = first === -1 ? draft.stages.length : first;
  const last = draft.stages[place - 1];
  const own = after ?? (last === undefined ? [] : [last.name]);
  const added: StageDraft = { id: null, ...parts, gates, after: own };
  const rewired = draft.stages.map((stage) =>
    before.includes(stage.name) ? { ...stage, after: [...stage.after.filter((name) => !own.includes(name)), parts.name] } : stage,
  );
  return [{ ...draft, stages: rewired.toSpliced(place, 0, added) }, place];
}

/**
 * Adds a stage to a pipeline.
 * @throws StoreError NOT_FOUND, VERSION_STALE; PipelineInvalidError NAME_TAKEN, PIPELINE_INVALID
 */
export async function addStage(
  tx: Transaction,
  organizationId: string,
  input: { pipelineId: string; version: number | null; stage: AddStageRequest },
  context: ChangeContext,
): Promise<Stage> {
  const held = await holdPipeline(tx, organizationId, input.pipelineId, input.version);
  const [draft, only] = draftWith(draftOfPipeline(held), input.stage);
  await writePipeline(tx, organizationId, { held, draft, only }, context);
  const added = (await getPipeline(tx, organizationId, held.id)).stages.find(({ name }) => name === input.stage.name);
  if (added === undefined) throw new Error('a stage was not added');
  return added;
}
