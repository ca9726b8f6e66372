import type { Pipeline } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { notFound, versionStale } from '../errors.ts';
import { getPipeline } from './pipelines.ts';

/**
 * Holds a pipeline until the transaction ends, so that one change of its stages follows another. `version`: the one that the change was made
 * from (`If-Match`), null for whichever it is.
 * @throws StoreError NOT_FOUND, also when it was deleted; VERSION_STALE
 */
export async function holdPipeline(
  tx: Transaction,
  organizationId: string,
  pipelineId: string,
  version: number | null = null,
): Promise<Pipeline> {
  await tx.query('select 1 from pipeline where organization_id = $1 and id = $2 for no key update', [organizationId, pipelineId]);
  const pipeline = await getPipeline(tx, organizationId, pipelineId);
  if (pipeline.deletedAt !== null) throw notFound('pipeline', pipelineId);
  if (version !== null && pipeline.version !== version) throw versionStale('pipeline', pipelineId, pipeline.version);
  return pipeline;
}

/**
 * Holds the pipeline of a stage.
 * @throws StoreError NOT_FOUND
 */
export async function holdPipelineOfStage(tx: Transaction, organizationId: string, stageId: string): Promise<Pipeline> {
  const [stage] = await tx.query<{ pipelineId: string }>(
    'select pipeline_id as "pipelineId" from stage where organization_id = $1 and id = $2 and deleted_at is null',
    [organizationId, stageId],
  );
  if (stage === undefined) throw notFound('stage', stageId);
  return holdPipeline(tx, organizationId, stage.pipelineId);
}
