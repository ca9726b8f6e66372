import {
  AdvisoryFile,
  CurrentAdvisoryFile,
  PolicyRuleCatalogue,
  PolicySettingsView,
  SetAdvisoryFileRequest,
  SetPolicySettingsRequest,
  Uuid,
} from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, requiredVersion } from '../../http/entity-tag.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { refuseUnstorableText } from '../../http/unsafe-text.ts';
import type { Policies } from './service.ts';

/** A file of advisories has at most 32 MiB; the rest is room for JSON's escapes. */
const advisoryBodyBytesMax = 40 * 1024 * 1024;

const rules = declareRoute({
  operationId: 'getPolicyRules',
  tags: ['policies'],
  summary: 'Every rule that snapshots are checked against, with its words and its default.',
  params: OrganizationParams,
  response: { 200: PolicyRuleCatalogue },
});

const ofOrganization = {
  get: declareRoute({
    operationId: 'getOrganizationPolicy',
    tags: ['policies'],
    summary: 'The policy settings of the organization, and what holds with them. The ETag is their version.',
    params: OrganizationParams,
    response: { 200: PolicySettingsView },
  }),
  set: declareRoute({
    operationId: 'setOrganizationPolicy',
    tags: ['policies'],
    summary: 'Replace the policy settings of the organization. Needs If-Match.',
    params: OrganizationParams,
    body: SetPolicySettingsRequest,
    response: { 200: PolicySettingsView },
    problems: ['VERSION_STALE', 'PRECONDITION_REQUIRED'],
  }),
};
const ofApplication = {
  get: declareRoute({
    operationId: 'getApplicationPolicy',
    tags: ['policies'],
    summary: 'The policy settings of an application, and what holds with them and the organization’s. The ETag is their version.',
    params: organizationParams({ applicationId: Uuid }),
    response: { 200: PolicySettingsView },
  }),
  set: declareRoute({
    operationId: 'setApplicationPolicy',
    tags: ['policies'],
    summary: 'Replace the policy settings of an application. Needs If-Match.',
    params: organizationParams({ applicationId: Uuid }),
    body: SetPolicySettingsRequest,
    response: { 200: PolicySettingsView },
    problems: ['VERSION_STALE', 'PRECONDITION_REQUIRED'],
  }),
};
const ofStage = {
  get: declareRoute({
    operationId: 'getStagePolicy',
    tags: ['policies'],
    summary: 'The policy settings of a stage, and what holds with them and those above. The ETag is their version.',
    params: organizationParams({ stageId: Uuid }),
    response: { 200: PolicySettingsView },
  }),
  set: declareRoute({
    operationId: 'setStagePolicy',
    tags: ['policies'],
    summary: 'Replace the policy settings of a stage. Needs If-Match.',
    params: organizationParams({ stageId: Uuid }),
    body: SetPolicySettingsRequest,
    response: { 200: PolicySettingsView },
    problems: ['VERSION_STALE', 'PRECONDITION_REQUIRED'],
  }),
};

const advisories = {
  get: declareRoute({
    operationId: 'getAdvisoryFile',
    tags: ['policies'],
    summary:
      'The file of known weaknesses of modules that is in use: its digest, how many it holds, who uploaded it. The ETag is its version.',
    params: OrganizationParams,
    response: { 200: CurrentAdvisoryFile },
  }),
  content: declareRoute({
    operationId: 'getAdvisoryFileContent',
    tags: ['policies'],
    summary: 'The file itself, byte by byte.',
    params: OrganizationParams,
    response: { 200: Type.Unsafe<Buffer>({ type: 'string' }) },
  }),
  set: declareRoute({
    operationId: 'setAdvisoryFile',
    tags: ['policies'],
    summary: 'Replace the file of advisories. Needs If-Match ("0" or * for the first one).',
    description: 'One entry that cannot be read refuses the file: a weakness that is silently left out would look like none.',
    params: OrganizationParams,
    body: SetAdvisoryFileRequest,
    response: { 200: AdvisoryFile },
    problems: ['ADVISORIES_MALFORMED', 'VERSION_STALE', 'PRECONDITION_REQUIRED', 'BODY_TOO_LARGE'],
  }),
};

function registerSettings(app: ApiServer, policies: Policies): void {
  const organization = `${organizationPath}/policy-settings`;
  app.get(organization, { schema: ofOrganization.get, config: { access: 'viewer' } }, async (request, reply) => {
    const { organizationId } = request.params;
    const view = await policies.settings(organizationId, { scope: 'organization', scopeId: organizationId });
    return reply.header('etag', entityTag(view.version)).send(view);
  });
  app.put(organization, { schema: ofOrganization.set, config: { access: 'owner' } }, async (request, reply) => {
    const { organizationId } = request.params;
    const change = { version: requiredVersion(request), request: request.body };
    const at = { scope: 'organization', scopeId: organizationId } as const;
    const view = await policies.setSettings(organizationId, at, change, changeContextOf(request));
    return reply.header('etag', entityTag(view.version)).send(view);
  });
  const application = `${organizationPath}/applications/:applicationId/policy-settings`;
  app.get(application, { schema: ofApplication.get, config: { access: 'viewer' } }, async (request, reply) => {
    const { organizationId, applicationId } = request.params;
    const view = await policies.settings(organizationId, { scope: 'application', scopeId: applicationId });
    return reply.header('etag', entityTag(view.version)).send(view);
  });
  app.put(application, { schema: ofApplication.set, config: { access: 'owner' } }, async (request, reply) => {
    const { organizationId, applicationId } = request.params;
    const change = { version: requiredVersion(request), request: request.body };
    const at = { scope: 'application', scopeId: applicationId } as const;
    const view = await policies.setSettings(organizationId, at, change, changeContextOf(request));
    return reply.header('etag', entityTag(view.version)).send(view);
  });
  const stage = `${organizationPath}/stages/:stageId/policy-settings`;
  app.get(stage, { schema: ofStage.get, config: { access: 'viewer' } }, async (request, reply) => {
    const { organizationId, stageId } = request.params;
    const view = await policies.settings(organizationId, { scope: 'stage', scopeId: stageId });
    return reply.header('etag', entityTag(view.version)).send(view);
  });
  app.put(stage, { schema: ofStage.set, config: { access: 'owner' } }, async (request, reply) => {
    const { organizationId, stageId } = request.params;
    const change = { version: requiredVersion(request), request: request.body };
    const view = await policies.setSettings(organizationId, { scope: 'stage', scopeId: stageId }, change, changeContextOf(request));
    return reply.header('etag', entityTag(view.version)).send(view);
  });
}

function registerAdvisories(app: ApiServer, policies: Policies): void {
  const path = `${organizationPath}/advisory-file`;
  app.get(path, { schema: advisories.get, config: { access: 'viewer' } }, async (request, reply) => {
    const current = await policies.advisoryFile(request.params.organizationId);
    return reply.header('etag', entityTag(current?.version ?? 0)).send({ current });
  });
  app.get(`${path}/content`, { schema: advisories.content, config: { access: 'viewer' } }, async (request, reply) => {
    const bytes = await policies.advisoryFileContent(request.params.organizationId);
    return reply.type('application/json').send(bytes);
  });
  app.put(path, { schema: advisories.set, config: { access: 'owner' }, bodyLimit: advisoryBodyBytesMax }, async (request, reply) => {
    refuseUnstorableText({ source: request.body.source });
    const change = { version: requiredVersion(request), request: request.body };
    const file = await policies.setAdvisoryFile(request.params.organizationId, change, changeContextOf(request));
    return reply.header('etag', entityTag(file.version)).send(file);
  });
}

/** Binds the routes of rules, policy settings and advisories. */
export function registerPolicies(app: ApiServer, policies: Policies): void {
  app.get(`${organizationPath}/policy-rules`, { schema: rules, config: { access: 'viewer' } }, async () => policies.rules());
  registerSettings(app, policies);
  registerAdvisories(app, policies);
}
