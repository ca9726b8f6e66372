import type { CreatePipelineRequest, Page, PageQuery, Pipeline, Stage, StageInput } from '@sluice/contracts';

import { getApplication } from '../applications/applications.ts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { requireGroups } from '../groups/groups.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { insertStagePolicy, STAGES, setStageGroups } from './stages.ts';

type Row = { id: string; applicationId: string; name: string; createdAt: Date };

const COLUMNS = 'id, application_id as "applicationId", name, created_at as "createdAt"';

/** Adds their stages to pipelines, with one query. */
async function withStages(reader: Reader, rows: readonly Row[]): Promise<Pipeline[]> {
  const stages = await reader.query<Stage>(`${STAGES} where s.pipeline_id = any($1::uuid[]) order by s.position`, [
    rows.map(({ id }) => id),
  ]);
  const byPipeline = Map.groupBy(stages, (stage) => stage.pipelineId);
  return rows.map((row) => ({ ...row, createdAt: iso(row.createdAt), stages: byPipeline.get(row.id) ?? [] }));
}

/**
 * Makes a pipeline with its stages, in their order.
 * @throws StoreError NOT_FOUND for the application or a group, NAME_TAKEN for the pipeline or two stages of one name
 */
export async function createPipeline(
  tx: Transaction,
  organizationId: string,
  input: CreatePipelineRequest & { applicationId: string },
  context: ChangeContext,
): Promise<Pipeline> {
  const { applicationId, name } = input;
  await getApplication(tx, organizationId, applicationId);
  const id = tx.uuid();
  await tx.execute('insert into pipeline (id, organization_id, application_id, name, created_at) values ($1, $2, $3, $4, $5)', [
    id,
    organizationId,
    applicationId,
    name,
    tx.now,
  ]);
  const stages = input.stages.map((stage) => stage.name);
  const after = { application: applicationId, name, stages };
  await tx.record(entryOf(organizationId, context, { action: 'pipeline.created', target: { kind: 'pipeline', id, name }, after }));
  for (const [position, stage] of input.stages.entries()) {
    await createStage(tx, organizationId, { pipelineId: id, position, stage }, context);
  }
  await tx.changed(organizationId, 'pipeline', [id]);
  return getPipeline(tx, organizationId, id);
}

async function createStage(
  tx: Transaction,
  organizationId: string,
  input: { pipelineId: string; position: number; stage: StageInput },
  context: ChangeContext,
): Promise<void> {
  const { pipelineId, position, stage } = input;
  await requireGroups(tx, organizationId, stage.groupIds);
  const id = tx.uuid();
  const policyId = await insertStagePolicy(tx, organizationId, { stageId: id, version: 1, policy: stage.policy }, context);
  await tx.execute('insert into stage (id, organization_id, pipeline_id, name, position, policy_id) values ($1, $2, $3, $4, $5, $6)', [
    id,
    organizationId,
    pipelineId,
    stage.name,
    position,
    policyId,
  ]);
  await setStageGroups(tx, id, stage.groupIds);
  const after = { pipeline: pipelineId, position, groupIds: stage.groupIds, policy: policyId };
  await tx.record(entryOf(organizationId, context, { action: 'stage.created', target: { kind: 'stage', id, name: stage.name }, after }));
}

/** @throws StoreError NOT_FOUND */
export async function getPipeline(reader: Reader, organizationId: string, pipelineId: string): Promise<Pipeline> {
  const rows = await reader.query<Row>(`select ${COLUMNS} from pipeline where organization_id = $1 and id = $2`, [
    organizationId,
    pipelineId,
  ]);
  const [pipeline] = await withStages(reader, rows);
  if (pipeline === undefined) throw notFound('pipeline', pipelineId);
  return pipeline;
}

/**
 * The pipelines of an application, newest first.
 * @throws StoreError NOT_FOUND when the application is not the organization's
 */
export async function listPipelines(
  reader: Reader,
  organizationId: string,
  query: PageQuery & { applicationId: string },
): Promise<Page<Pipeline>> {
  await getApplication(reader, organizationId, query.applicationId);
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `select ${COLUMNS} from pipeline
       where organization_id = $1 and application_id = $4 and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [organizationId, before, limit, query.applicationId],
    ),
  );
  return { ...page, items: await withStages(reader, page.items) };
}
