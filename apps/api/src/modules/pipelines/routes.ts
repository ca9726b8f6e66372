import {
  AddStageRequest,
  CreatePipelineRequest,
  Page,
  PageQuery,
  Pipeline,
  ReplacedPipeline,
  ReplacePipelineQuery,
  Stage,
  UpdatePipelineRequest,
  UpdateStageRequest,
  Uuid,
} from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, optionalVersion, requiredVersion } from '../../http/entity-tag.ts';
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
  summary: 'One pipeline with its stages, also one that was deleted. The ETag is its version.',
  params: organizationParams({ pipelineId: Uuid }),
  response: { 200: Pipeline },
});
const replace = declareRoute({
  operationId: 'replacePipeline',
  tags: ['pipelines'],
  summary: 'Make a pipeline exactly so: stages are told by their names. Needs If-Match.',
  description:
    'Stages of a name that is there are changed, others are added or removed, all in one transaction. With `validateOnly=true` nothing is ' +
    'written: the answer says what would change.',
  params: organizationParams({ pipelineId: Uuid }),
  querystring: ReplacePipelineQuery,
  body: CreatePipelineRequest,
  response: { 200: ReplacedPipeline },
  problems: ['NAME_TAKEN', 'POLICY_INVALID', 'PIPELINE_INVALID', 'ROLLOUT_ACTIVE', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const update = declareRoute({
  operationId: 'updatePipeline',
  tags: ['pipelines'],
  summary: 'Change the name of a pipeline, the order of its stages, or which come after which. Needs If-Match.',
  params: organizationParams({ pipelineId: Uuid }),
  body: UpdatePipelineRequest,
  response: { 200: Pipeline },
  problems: ['NAME_TAKEN', 'PIPELINE_INVALID', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const remove = declareRoute({
  operationId: 'deletePipeline',
  tags: ['pipelines'],
  summary: 'Delete a pipeline with its stages. Promotions that wait for them are canceled; history stays. Needs If-Match.',
  params: organizationParams({ pipelineId: Uuid }),
  response: { 204: Type.Null() },
  problems: ['ROLLOUT_ACTIVE', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const addStage = declareRoute({
  operationId: 'addStage',
  tags: ['pipelines'],
  summary: 'Add a stage to a pipeline: at its end, or in front of others.',
  params: organizationParams({ pipelineId: Uuid }),
  body: AddStageRequest,
  response: { 201: Stage },
  problems: ['NAME_TAKEN', 'POLICY_INVALID', 'PIPELINE_INVALID', 'VERSION_STALE'],
});
const getStage = declareRoute({
  operationId: 'getStage',
  tags: ['pipelines'],
  summary: 'One stage, also one that was deleted. The ETag is its version.',
  params: organizationParams({ stageId: Uuid }),
  response: { 200: Stage },
});
const updateStage = declareRoute({
  operationId: 'updateStage',
  tags: ['pipelines'],
  summary: 'Change a stage. A new policy becomes a new policy version; rollouts keep theirs. Needs If-Match.',
  description: 'Other gates, upstreams or another policy void what people approved for promotions that wait for the stage.',
  params: organizationParams({ stageId: Uuid }),
  body: UpdateStageRequest,
  response: { 200: Stage },
  problems: ['NAME_TAKEN', 'POLICY_INVALID', 'PIPELINE_INVALID', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const removeStage = declareRoute({
  operationId: 'deleteStage',
  tags: ['pipelines'],
  summary: 'Delete a stage: what came after it comes after what it came after. Promotions that wait for it are canceled. Needs If-Match.',
  params: organizationParams({ stageId: Uuid }),
  response: { 204: Type.Null() },
  problems: ['ROLLOUT_ACTIVE', 'STATE_CONFLICT', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
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
  registerPipeline(app, pipelines);
  registerStages(app, pipelines);
}

function registerPipeline(app: ApiServer, pipelines: Pipelines): void {
  const path = `${organizationPath}/pipelines/:pipelineId`;
  app.get(path, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const pipeline = await pipelines.get(request.params.organizationId, request.params.pipelineId);
    return reply.header('etag', entityTag(pipeline.version)).send(pipeline);
  });
  app.put(path, { schema: replace, config: { access: 'operator' } }, async (request, reply) => {
    const input = { ...request.params, version: requiredVersion(request), validateOnly: request.query.validateOnly === true };
    const replaced = await pipelines.replace({ ...input, request: request.body }, changeContextOf(request));
    return reply.header('etag', entityTag(replaced.pipeline.version)).send(replaced);
  });
  app.patch(path, { schema: update, config: { access: 'operator' } }, async (request, reply) => {
    const change = { ...request.params, version: requiredVersion(request), changes: request.body };
    const pipeline = await pipelines.update(change, changeContextOf(request));
    return reply.header('etag', entityTag(pipeline.version)).send(pipeline);
  });
  app.delete(path, { schema: remove, config: { access: 'operator' } }, async (request, reply) => {
    await pipelines.remove({ ...request.params, version: requiredVersion(request) }, changeContextOf(request));
    return reply.code(204).send(null);
  });
  app.post(`${path}/stages`, { schema: addStage, config: { access: 'operator' } }, async (request, reply) => {
    const input = { ...request.params, version: optionalVersion(request) ?? null, stage: request.body };
    const stage = await pipelines.addStage(input, changeContextOf(request));
    return reply.code(201).header('etag', entityTag(stage.version)).send(stage);
  });
}

function registerStages(app: ApiServer, pipelines: Pipelines): void {
  const path = `${organizationPath}/stages/:stageId`;
  app.get(path, { schema: getStage, config: { access: 'viewer' } }, async (request, reply) => {
    const stage = await pipelines.getStage(request.params.organizationId, request.params.stageId);
    return reply.header('etag', entityTag(stage.version)).send(stage);
  });
  app.patch(path, { schema: updateStage, config: { access: 'operator' } }, async (request, reply) => {
    const change = { ...request.params, version: requiredVersion(request), changes: request.body };
    const stage = await pipelines.updateStage(change, changeContextOf(request));
    return reply.header('etag', entityTag(stage.version)).send(stage);
  });
  app.delete(path, { schema: removeStage, config: { access: 'operator' } }, async (request, reply) => {
    await pipelines.removeStage({ ...request.params, version: requiredVersion(request) }, changeContextOf(request));
    return reply.code(204).send(null);
  });
}
