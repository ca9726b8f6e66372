import type { CreatePipelineRequest, Page, PageQuery, Pipeline } from '@sluice/contracts';
import { upstreamsOf } from '@sluice/contracts';

import { getApplication } from '../applications/applications.ts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { refuseBadGraph } from './pipeline-invalid-error.ts';
import { stagesOf } from './stages.ts';
import { insertStage, setUpstreams } from './write-stages.ts';

type Row = { id: string; applicationId: string; name: string; version: number; createdAt: Date; deletedAt: Date | null };

const COLUMNS = 'id, application_id as "applicationId", name, version, created_at as "createdAt", deleted_at as "deletedAt"';

/** Adds their stages to pipelines, with one query. */
async function withStages(reader: Reader, rows: readonly Row[]): Promise<Pipeline[]> {
  const stages = await stagesOf(
    reader,
    rows.map(({ id }) => id),
  );
  const byPipeline = Map.groupBy(stages, (stage) => stage.pipelineId);
  return rows.map((row) => ({
    ...row,
    createdAt: iso(row.createdAt),
    deletedAt: isoOrNull(row.deletedAt),
    stages: byPipeline.get(row.id) ?? [],
  }));
}

/**
 * Makes a pipeline with its stages, in their order. A stage that does not say what it comes after comes after the one before it.
 * @throws StoreError NOT_FOUND for the application or a group, NAME_TAKEN; PipelineInvalidError NAME_TAKEN, PIPELINE_INVALID
 */
export async function createPipeline(
  tx: Transaction,
  organizationId: string,
  input: CreatePipelineRequest & { applicationId: string },
  context: ChangeContext,
): Promise<Pipeline> {
  const { applicationId, name } = input;
  await getApplication(tx, organizationId, applicationId);
  refuseBadGraph(input.stages);
  const id = tx.uuid();
  await tx.execute('insert into pipeline (id, organization_id, application_id, name, created_at) values ($1, $2, $3, $4, $5)', [
    id,
    organizationId,
    applicationId,
    name,
    tx.now,
  ]);
  const after = { application: applicationId, name, stages: input.stages.map((stage) => stage.name) };
  await tx.record(entryOf(organizationId, context, { action: 'pipeline.created', target: { kind: 'pipeline', id, name }, after }));
  await createStages(tx, organizationId, { pipelineId: id, stages: input.stages }, context);
  await tx.changed(organizationId, 'pipeline', [id]);
  return getPipeline(tx, organizationId, id);
}

async function createStages(
  tx: Transaction,
  organizationId: string,
  input: { pipelineId: string; stages: CreatePipelineRequest['stages'] },
  context: ChangeContext,
): Promise<void> {
  const { pipelineId } = input;
  const upstreams = upstreamsOf(input.stages);
  const stages = input.stages.map((stage, position) => ({ ...stage, id: tx.uuid(), position, after: upstreams[position] ?? [] }));
  const ids = new Map(stages.map(({ name, id }) => [name, id]));
  for (const stage of stages) await insertStage(tx, organizationId, { ...stage, gates: stage.gates, pipelineId }, context);
  for (const { id, after } of stages)
    await setUpstreams(
      tx,
      id,
      after.flatMap((name) => ids.get(name) ?? []),
    );
}

/**
 * A pipeline, also one that was deleted.
 * @throws StoreError NOT_FOUND
 */
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
       where organization_id = $1 and application_id = $4 and deleted_at is null and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [organizationId, before, limit, query.applicationId],
    ),
  );
  return { ...page, items: await withStages(reader, page.items) };
}
