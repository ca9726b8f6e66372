import { CreatePipelineRequest, Page, PageQuery, Pipeline, Stage, UpdateStageRequest, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, requiredVersion } from '../../http/entity-tag.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Pipelines } from './service.ts';

const create = declareRoute({
  operationId: 'createPipeline',
  tags: ['pipelines'],
  summary: 'Make a pipeline with its stages, in their order.',
  params: organizationParams({ applicationId: Uuid }),
  body: CreatePipelineRequest,
  response: { 201: Pipeline },
  problems: ['NAME_TAKEN', 'POLICY_INVALID', 'PIPELINE_INVALID'],
});
const list = declareRoute({
  operationId: 'listPipelines',
  tags: ['pipelines'],
  summary: 'The pipelines of an application, newest first.',
  params: organizationParams({ applicationId: Uuid }),
  querystring: PageQuery,
  response: { 200: Page(Pipeline) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getPipeline',
  tags: ['pipelines'],
  summary: 'One pipeline with its stages.',
  params: organizationParams({ pipelineId: Uuid }),
  response: { 200: Pipeline },
});
const getStage = declareRoute({
  operationId: 'getStage',
  tags: ['pipelines'],
  summary: 'One stage. The ETag is its version.',
  params: organizationParams({ stageId: Uuid }),
  response: { 200: Stage },
});
const updateStage = declareRoute({
  operationId: 'updateStage',
  tags: ['pipelines'],
  summary: 'Change a stage. A new policy becomes a new policy version; rollouts keep theirs. Needs If-Match.',
  params: organizationParams({ stageId: Uuid }),
  body: UpdateStageRequest,
  response: { 200: Stage },
  problems: ['NAME_TAKEN', 'POLICY_INVALID', 'PIPELINE_INVALID', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});

/** Binds the routes of pipelines and stages. */
export function registerPipelines(app: ApiServer, pipelines: Pipelines): void {
  const nested = `${organizationPath}/applications/:applicationId/pipelines`;
  app.post(nested, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, applicationId } = request.params;
    return reply.code(201).send(await pipelines.create(organizationId, applicationId, request.body, changeContextOf(request)));
  });
  app.get(nested, { schema: list, config: { access: 'viewer' } }, async (request) =>
    pipelines.list(request.params.organizationId, request.params.applicationId, request.query),
  );
  app.get(`${organizationPath}/pipelines/:pipelineId`, { schema: get, config: { access: 'viewer' } }, async (request) =>
    pipelines.get(request.params.organizationId, request.params.pipelineId),
  );
  app.get(`${organizationPath}/stages/:stageId`, { schema: getStage, config: { access: 'viewer' } }, async (request, reply) => {
    const stage = await pipelines.getStage(request.params.organizationId, request.params.stageId);
    return reply.header('etag', entityTag(stage.version)).send(stage);
  });
  app.patch(`${organizationPath}/stages/:stageId`, { schema: updateStage, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, stageId } = request.params;
    const version = requiredVersion(request);
    const stage = await pipelines.updateStage({ organizationId, stageId, version, changes: request.body }, changeContextOf(request));
    return reply.header('etag', entityTag(stage.version)).send(stage);
  });
}
