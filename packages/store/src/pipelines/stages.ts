import type { Stage } from '@sluice/contracts';

import type { Reader } from '../base/reader.ts';
import { isoOrNull } from '../base/rows.ts';
import { notFound } from '../errors.ts';

type StageRow = Omit<Stage, 'deletedAt'> & { deletedAt: Date | null };

const STAGES = `
  select s.id, s.pipeline_id as "pipelineId", s.name, s.position, p.policy, p.version as "policyVersion", s.gates, s.version,
         s.deleted_at as "deletedAt",
         coalesce((select jsonb_agg(g.group_id order by g.group_id) from stage_group g where g.stage_id = s.id), '[]') as "groupIds",
         coalesce((select jsonb_agg(u.upstream_id order by t.position, t.id) from stage_upstream u join stage t on t.id = u.upstream_id
                    where u.stage_id = s.id), '[]') as "upstreamStageIds"
  from stage s join rollout_policy p on p.id = s.policy_id`;

/** Stages by a condition over `s`, in the order of their pipelines. */
async function readStages(reader: Reader, condition: string, parameters: readonly unknown[]): Promise<Stage[]> {
  const rows = await reader.query<StageRow>(`${STAGES} where ${condition} order by s.position, s.id`, parameters);
  return rows.map((row) => ({ ...row, deletedAt: isoOrNull(row.deletedAt) }));
}

/** The stages of pipelines, in their order: those that are not deleted and, of deleted pipelines, those they had then. */
export function stagesOf(reader: Reader, pipelineIds: readonly string[]): Promise<Stage[]> {
  const present = 'exists (select from pipeline l where l.id = s.pipeline_id and s.deleted_at is not distinct from l.deleted_at)';
  return readStages(reader, `s.pipeline_id = any($1::uuid[]) and ${present}`, [pipelineIds]);
}

/**
 * A stage that is not deleted.
 * @throws StoreError NOT_FOUND
 */
export async function getStage(reader: Reader, organizationId: string, stageId: string): Promise<Stage> {
  const stage = await getStageOfHistory(reader, organizationId, stageId);
  if (stage.deletedAt !== null) throw notFound('stage', stageId);
  return stage;
}

/**
 * A stage, also one that was deleted: rollouts and promotions name it for ever.
 * @throws StoreError NOT_FOUND
 */
export async function getStageOfHistory(reader: Reader, organizationId: string, stageId: string): Promise<Stage> {
  const [stage] = await readStages(reader, 's.organization_id = $1 and s.id = $2', [organizationId, stageId]);
  if (stage === undefined) throw notFound('stage', stageId);
  return stage;
}
