import { ChangeGroupMembersRequest, CreateGroupRequest, Group, Page, PageQuery, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, optionalVersion } from '../../http/entity-tag.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Groups } from './service.ts';

const list = declareRoute({
  operationId: 'listGroups',
  tags: ['groups'],
  summary: 'The device groups of the organization, newest first.',
  params: OrganizationParams,
  querystring: PageQuery,
  response: { 200: Page(Group) },
  problems: ['CURSOR_INVALID'],
});
const create = declareRoute({
  operationId: 'createGroup',
  tags: ['groups'],
  summary: 'Make a device group.',
  params: OrganizationParams,
  body: CreateGroupRequest,
  response: { 201: Group },
  problems: ['NAME_TAKEN'],
});
const get = declareRoute({
  operationId: 'getGroup',
  tags: ['groups'],
  summary: 'One device group. The ETag is its version.',
  params: organizationParams({ groupId: Uuid }),
  response: { 200: Group },
});
const changeMembers = declareRoute({
  operationId: 'changeGroupMembers',
  tags: ['groups'],
  summary: 'Put devices into a group and take devices out of it. Takes If-Match.',
  params: organizationParams({ groupId: Uuid }),
  body: ChangeGroupMembersRequest,
  response: { 200: Group },
  problems: ['VERSION_STALE'],
});

/** Binds the device groups' routes. */
export function registerGroups(app: ApiServer, groups: Groups): void {
  app.get(`${organizationPath}/groups`, { schema: list, config: { access: 'viewer' } }, async (request) =>
    groups.list(request.params.organizationId, request.query),
  );
  app.post(`${organizationPath}/groups`, { schema: create, config: { access: 'operator' } }, async (request, reply) => {
    const group = await groups.create(request.params.organizationId, request.body, changeContextOf(request));
    return reply.code(201).header('etag', entityTag(group.version)).send(group);
  });
  app.get(`${organizationPath}/groups/:groupId`, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const group = await groups.get(request.params.organizationId, request.params.groupId);
    return reply.header('etag', entityTag(group.version)).send(group);
  });
  const members = `${organizationPath}/groups/:groupId/members`;
  app.patch(members, { schema: changeMembers, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, groupId } = request.params;
    const version = optionalVersion(request) ?? null;
    const group = await groups.changeMembers({ organizationId, groupId, version, changes: request.body }, changeContextOf(request));
    return reply.header('etag', entityTag(group.version)).send(group);
  });
}
