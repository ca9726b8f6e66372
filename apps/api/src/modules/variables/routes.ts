import {
  Closed,
  OneOf,
  Page,
  PageQuery,
  ResolvedVariables,
  ResolvedVariablesQuery,
  SetVariableRequest,
  Uuid,
  Variable,
  variableScopes,
} from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Variables } from './service.ts';

const VariableQuery = Closed({ ...PageQuery.properties, scope: Type.Optional(OneOf(variableScopes)), scopeId: Type.Optional(Uuid) });

const list = declareRoute({
  operationId: 'listVariables',
  tags: ['variables'],
  summary: 'The variables of the organization, newest first. The values of secrets are not shown.',
  params: OrganizationParams,
  querystring: VariableQuery,
  response: { 200: Page(Variable) },
  problems: ['CURSOR_INVALID'],
});
const set = declareRoute({
  operationId: 'setVariable',
  tags: ['variables'],
  summary: 'Set a variable at one layer. Devices get it with their next deployment.',
  params: OrganizationParams,
  body: SetVariableRequest,
  response: { 200: Variable },
});
const remove = declareRoute({
  operationId: 'removeVariable',
  tags: ['variables'],
  summary: 'Remove a variable from its layer.',
  params: organizationParams({ variableId: Uuid }),
  response: { 204: Type.Null() },
});

const ofStage = declareRoute({
  operationId: 'resolveStageVariables',
  tags: ['variables'],
  summary: 'The variables that the devices of a stage get, with the layer that each comes from. Secrets are not shown.',
  params: organizationParams({ stageId: Uuid }),
  querystring: ResolvedVariablesQuery,
  response: { 200: ResolvedVariables },
});
const ofDevice = declareRoute({
  operationId: 'resolveDeviceVariables',
  tags: ['variables'],
  summary: 'The variables that a device gets, with the layer that each comes from. Secrets are not shown.',
  params: organizationParams({ deviceId: Uuid }),
  querystring: ResolvedVariablesQuery,
  response: { 200: ResolvedVariables },
});

/** Binds the variables' routes. */
export function registerVariables(app: ApiServer, variables: Variables): void {
  app.get(`${organizationPath}/variables`, { schema: list, config: { access: 'viewer' } }, async (request) =>
    variables.list(request.params.organizationId, request.query),
  );
  app.put(`${organizationPath}/variables`, { schema: set, config: { access: 'operator' } }, async (request) =>
    variables.set(request.params.organizationId, request.body, changeContextOf(request)),
  );
  app.get(`${organizationPath}/stages/:stageId/variables`, { schema: ofStage, config: { access: 'viewer' } }, async ({ params, query }) =>
    variables.ofStage(params.organizationId, { stageId: params.stageId, ...query }),
  );
  app.get(
    `${organizationPath}/devices/:deviceId/variables`,
    { schema: ofDevice, config: { access: 'viewer' } },
    async ({ params, query }) => variables.ofDevice(params.organizationId, { deviceId: params.deviceId, ...query }),
  );
  app.delete(`${organizationPath}/variables/:variableId`, { schema: remove, config: { access: 'operator' } }, async (request, reply) => {
    await variables.remove(request.params.organizationId, request.params.variableId, changeContextOf(request));
    return reply.code(204).send(null);
  });
}
