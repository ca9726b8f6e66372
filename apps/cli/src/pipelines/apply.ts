import {
  type Application,
  type CreatePipelineRequest,
  type Pipeline,
  type PipelineChange,
  type ReplacedPipeline,
  stageGraphProblems,
  upstreamsOf,
} from '@sluice/contracts';
import { CliError } from '../errors.ts';
import type { Session } from '../frame/session.ts';

/** What is there of a pipeline, and what would change to make it as requested. `present` undefined: it would be made. */
export type ApplyPlan = { present: Pipeline | undefined; changes: PipelineChange[] };

/** The stages of a new pipeline, each as an added one. */
function creation({ stages }: CreatePipelineRequest): PipelineChange[] {
  const errors = stageGraphProblems(stages).map(({ pointer, detail }) => ({ pointer, detail }));
  if (errors.length > 0) throw new CliError('PIPELINE_INVALID', 'The stages do not go together.', { fields: errors });
  const upstreams = upstreamsOf(stages);
  return stages.map(({ name, ...parts }, index) => ({
    kind: 'stage_added',
    stageName: name,
    before: {},
    after: { after: upstreams[index] ?? [], ...parts },
  }));
}

/**
 * What would change; nothing is written. The control plane says so itself, so that what it would refuse is refused here.
 * @throws CliError as the control plane, PIPELINE_INVALID
 */
export async function planApply(session: Session, application: Application, request: CreatePipelineRequest): Promise<ApplyPlan> {
  const pipelines = await session.all<Pipeline>(`/applications/${application.id}/pipelines`);
  const found = pipelines.find(({ name }) => name === request.name);
  if (found === undefined) return { present: undefined, changes: creation(request) };
  const { pipeline, changes } = await session.put<ReplacedPipeline>(`/pipelines/${found.id}?validateOnly=true`, request, found.version);
  return { present: pipeline, changes };
}

/**
 * Carries the plan out, if the pipeline is still what the plan was made from.
 * @throws CliError VERSION_STALE
 */
export async function carryOut(
  session: Session,
  application: Application,
  { request, present }: { request: CreatePipelineRequest; present: Pipeline | undefined },
): Promise<Pipeline> {
  if (present === undefined) return session.post<Pipeline>(`/applications/${application.id}/pipelines`, request);
  return (await session.put<ReplacedPipeline>(`/pipelines/${present.id}`, request, present.version)).pipeline;
}
