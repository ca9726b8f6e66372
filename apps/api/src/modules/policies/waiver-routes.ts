import {
  Closed,
  CreateWaiverRequest,
  OneOf,
  Page,
  PageQuery,
  PolicyReport,
  PolicyWaiver,
  policyRuleNames,
  ReleaseFindings,
  RevokeWaiverRequest,
  Uuid,
} from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Policies } from './service.ts';

const WaiverQuery = Closed({
  ...PageQuery.properties,
  rule: Type.Optional(OneOf(policyRuleNames)),
  applicationId: Type.Optional(Uuid),
  snapshotId: Type.Optional(Uuid),
  active: Type.Optional(Type.Boolean({ description: 'True: neither revoked nor expired.' })),
});

const create = declareRoute({
  operationId: 'createWaiver',
  tags: ['policies'],
  summary: 'Decide to live with what a rule finds, and say why.',
  description: 'What is waived stays in the list of findings, with the waiver. One for a stage does not count when a release is published.',
  params: OrganizationParams,
  headers: IdempotencyHeaders,
  body: CreateWaiverRequest,
  response: { 201: PolicyWaiver },
  problems: ['WAIVER_REFUSED', 'IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listWaivers',
  tags: ['policies'],
  summary: 'The waivers of the organization, newest first, the ended ones too.',
  params: OrganizationParams,
  querystring: WaiverQuery,
  response: { 200: Page(PolicyWaiver) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getWaiver',
  tags: ['policies'],
  summary: 'One waiver.',
  params: organizationParams({ waiverId: Uuid }),
  response: { 200: PolicyWaiver },
});
const revoke = declareRoute({
  operationId: 'revokeWaiver',
  tags: ['policies'],
  summary: 'End a waiver. What was published with it stays published.',
  params: organizationParams({ waiverId: Uuid }),
  body: RevokeWaiverRequest,
  response: { 200: PolicyWaiver },
});
const ofSnapshot = declareRoute({
  operationId: 'getSnapshotFindings',
  tags: ['policies'],
  summary: 'What the rules find in a snapshot now.',
  description: 'With a stage: by its settings, with its waivers, and whether variables have a value there.',
  params: organizationParams({ snapshotId: Uuid }),
  querystring: Closed({ stageId: Type.Optional(Uuid) }),
  response: { 200: PolicyReport },
});
const ofRelease = declareRoute({
  operationId: 'getReleaseFindings',
  tags: ['policies'],
  summary: 'What the rules found when a release was published, as it was kept then.',
  params: organizationParams({ releaseId: Uuid }),
  response: { 200: ReleaseFindings },
});

/** Binds the routes of waivers and findings. */
export function registerWaivers(app: ApiServer, policies: Policies): void {
  const waivers = `${organizationPath}/waivers`;
  app.post(waivers, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId } = request.params;
    const input = { organizationId, key: idempotencyKeyOf(request), request: request.body };
    return reply.code(201).send(await policies.createWaiver(input, changeContextOf(request)));
  });
  app.get(waivers, { schema: list, config: { access: 'viewer' } }, async (request) =>
    policies.waivers(request.params.organizationId, request.query),
  );
  app.get(`${waivers}/:waiverId`, { schema: get, config: { access: 'viewer' } }, async (request) =>
    policies.waiver(request.params.organizationId, request.params.waiverId),
  );
  app.post(`${waivers}/:waiverId/revoke`, { schema: revoke, config: { access: 'operator' } }, async (request) => {
    const { organizationId, waiverId } = request.params;
    return policies.revokeWaiver(organizationId, waiverId, request.body, changeContextOf(request));
  });
  app.get(`${organizationPath}/snapshots/:snapshotId/findings`, { schema: ofSnapshot, config: { access: 'viewer' } }, async (request) =>
    policies.snapshotFindings(request.params.organizationId, request.params.snapshotId, request.query.stageId),
  );
  app.get(`${organizationPath}/releases/:releaseId/findings`, { schema: ofRelease, config: { access: 'viewer' } }, async (request) =>
    policies.releaseFindings(request.params.organizationId, request.params.releaseId),
  );
}
