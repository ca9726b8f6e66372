import {
  ChangeGroupMembersRequest,
  CreateGroupRequest,
  Device,
  Group,
  GroupPreview,
  GroupPreviewRequest,
  Page,
  PageQuery,
  UpdateGroupRequest,
  Uuid,
} from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, optionalVersion, requiredVersion } from '../../http/entity-tag.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Groups } from './service.ts';

const GroupParams = organizationParams({ groupId: Uuid });

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
  summary: 'Make a device group: a static one with the devices that are listed, or a dynamic one with a selector.',
  params: OrganizationParams,
  body: CreateGroupRequest,
  response: { 201: Group },
  problems: ['NAME_TAKEN', 'SELECTOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getGroup',
  tags: ['groups'],
  summary: 'One device group. The ETag is its version.',
  params: GroupParams,
  response: { 200: Group },
});
const changeMembers = declareRoute({
  operationId: 'changeGroupMembers',
  tags: ['groups'],
  summary: 'Put devices into a static group and take devices out of it. Takes If-Match.',
  params: GroupParams,
  body: ChangeGroupMembersRequest,
  response: { 200: Group },
  problems: ['VERSION_STALE', 'STATE_CONFLICT'],
});
const devices = declareRoute({
  operationId: 'listGroupDevices',
  tags: ['groups'],
  summary: 'The devices that belong to a group at this moment, newest first.',
  params: GroupParams,
  querystring: PageQuery,
  response: { 200: Page(Device) },
  problems: ['CURSOR_INVALID'],
});
const preview = declareRoute({
  operationId: 'previewGroup',
  tags: ['groups'],
  summary: 'Who fulfils a selector at this moment, and who would join and leave a group that got it. Changes nothing.',
  params: OrganizationParams,
  body: GroupPreviewRequest,
  response: { 200: GroupPreview },
  problems: ['SELECTOR_INVALID'],
});
const update = declareRoute({
  operationId: 'updateGroup',
  tags: ['groups'],
  summary: 'Change the name, the description or the selector of a group. Needs If-Match.',
  params: GroupParams,
  body: UpdateGroupRequest,
  response: { 200: Group },
  problems: ['NAME_TAKEN', 'SELECTOR_INVALID', 'STILL_REFERENCED', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const remove = declareRoute({
  operationId: 'deleteGroup',
  tags: ['groups'],
  summary: 'Delete a group that no stage, enrollment code or variable uses. Its devices stay.',
  params: GroupParams,
  response: { 204: Type.Null() },
  problems: ['STILL_REFERENCED'],
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
  app.post(`${organizationPath}/groups/preview`, { schema: preview, config: { access: 'viewer' } }, async (request) =>
    groups.preview(request.params.organizationId, request.body),
  );
  registerGroup(app, groups);
}

function registerGroup(app: ApiServer, groups: Groups): void {
  const one = `${organizationPath}/groups/:groupId`;
  app.get(one, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const group = await groups.get(request.params.organizationId, request.params.groupId);
    return reply.header('etag', entityTag(group.version)).send(group);
  });
  app.patch(one, { schema: update, config: { access: 'operator' } }, async (request, reply) => {
    const version = requiredVersion(request);
    const group = await groups.update({ ...request.params, version, changes: request.body }, changeContextOf(request));
    return reply.header('etag', entityTag(group.version)).send(group);
  });
  app.delete(one, { schema: remove, config: { access: 'operator' } }, async (request, reply) => {
    await groups.remove(request.params, changeContextOf(request));
    return reply.code(204).send(null);
  });
  app.get(`${one}/devices`, { schema: devices, config: { access: 'viewer' } }, async (request) =>
    groups.devices(request.params, request.query),
  );
  app.patch(`${one}/members`, { schema: changeMembers, config: { access: 'operator' } }, async (request, reply) => {
    const version = optionalVersion(request) ?? null;
    const group = await groups.changeMembers({ ...request.params, version, changes: request.body }, changeContextOf(request));
    return reply.header('etag', entityTag(group.version)).send(group);
  });
}
