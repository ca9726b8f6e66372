import {
  DecideAheadRequest,
  Deployment,
  Device,
  DeviceBlockers,
  DeviceDetail,
  DeviceEvent,
  DeviceQuery,
  FleetSummary,
  Page,
  PageQuery,
  UpdateDeviceRequest,
  Uuid,
} from '@sluice/contracts';
import { because, changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, requiredVersion } from '../../http/entity-tag.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Devices } from './service.ts';

const DeviceParams = organizationParams({ deviceId: Uuid });

const list = declareRoute({
  operationId: 'listDevices',
  tags: ['devices'],
  summary: 'The devices of the organization, filtered and paged by the server, newest first.',
  params: OrganizationParams,
  querystring: DeviceQuery,
  response: { 200: Page(Device) },
  problems: ['CURSOR_INVALID'],
});
const summary = declareRoute({
  operationId: 'getFleetSummary',
  tags: ['devices'],
  summary: 'The fleet in numbers.',
  params: OrganizationParams,
  response: { 200: FleetSummary },
});
const get = declareRoute({
  operationId: 'getDevice',
  tags: ['devices'],
  summary: 'One device: what it shall run, what it says it runs, and how well. The ETag is its version.',
  params: DeviceParams,
  response: { 200: DeviceDetail },
});
const update = declareRoute({
  operationId: 'updateDevice',
  tags: ['devices'],
  summary: 'Change the name, the labels or the time zone of a device. Needs If-Match.',
  params: DeviceParams,
  body: UpdateDeviceRequest,
  response: { 200: DeviceDetail },
  problems: ['NAME_TAKEN', 'VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const approve = declareRoute({
  operationId: 'approveDevice',
  tags: ['devices'],
  summary: 'Admit a device that waits for approval.',
  params: DeviceParams,
  response: { 200: DeviceDetail },
  problems: ['STATE_CONFLICT'],
});
const revoke = declareRoute({
  operationId: 'revokeDevice',
  tags: ['devices'],
  summary: "Revoke a device's identity: its tokens stop working at once and it is given nothing more.",
  params: DeviceParams,
  response: { 200: DeviceDetail },
  problems: ['STATE_CONFLICT'],
});
const adopt = declareRoute({
  operationId: 'adoptDevice',
  tags: ['devices'],
  summary: 'Take what a device runs as what it shall run, when it knows more than a control plane that was restored from a backup.',
  params: DeviceParams,
  body: DecideAheadRequest,
  response: { 200: DeviceDetail },
  problems: ['STATE_CONFLICT'],
});
const reassert = declareRoute({
  operationId: 'reassertDevice',
  tags: ['devices'],
  summary: 'Tell a device again what it shall run as far as the restored control plane knows, above all that it was ever told.',
  params: DeviceParams,
  body: DecideAheadRequest,
  response: { 200: DeviceDetail },
  problems: ['STATE_CONFLICT'],
});
const events = declareRoute({
  operationId: 'listDeviceEvents',
  tags: ['devices'],
  summary: 'The timeline of a device, newest first.',
  params: DeviceParams,
  querystring: PageQuery,
  response: { 200: Page(DeviceEvent) },
  problems: ['CURSOR_INVALID'],
});
const deployments = declareRoute({
  operationId: 'listDeviceDeployments',
  tags: ['devices'],
  summary: 'The deployments of a device, newest first.',
  params: DeviceParams,
  querystring: PageQuery,
  response: { 200: Page(Deployment) },
  problems: ['CURSOR_INVALID'],
});

const blockers = declareRoute({
  operationId: 'getDeviceBlockers',
  tags: ['devices'],
  summary: 'Why a device does not move, and what would change that: its open deployment, else the newest.',
  params: DeviceParams,
  response: { 200: DeviceBlockers },
});

function registerReads(app: ApiServer, devices: Devices): void {
  const one = `${organizationPath}/devices/:deviceId`;
  app.get(`${organizationPath}/devices`, { schema: list, config: { access: 'viewer' } }, async (request) =>
    devices.list(request.params.organizationId, request.query),
  );
  app.get(`${organizationPath}/devices/summary`, { schema: summary, config: { access: 'viewer' } }, async (request) =>
    devices.summary(request.params.organizationId),
  );
  app.get(one, { schema: get, config: { access: 'viewer' } }, async (request, reply) => {
    const device = await devices.get(request.params.organizationId, request.params.deviceId);
    return reply.header('etag', entityTag(device.version)).send(device);
  });
  app.get(`${one}/blockers`, { schema: blockers, config: { access: 'viewer' } }, async (request) =>
    devices.blockers(request.params.organizationId, request.params.deviceId),
  );
  app.get(`${one}/events`, { schema: events, config: { access: 'viewer' } }, async (request) =>
    devices.listEvents(request.params.organizationId, request.params.deviceId, request.query),
  );
  app.get(`${one}/deployments`, { schema: deployments, config: { access: 'viewer' } }, async (request) =>
    devices.listDeployments(request.params.organizationId, request.params.deviceId, request.query),
  );
}

/** Binds the devices' routes. */
export function registerDevices(app: ApiServer, devices: Devices): void {
  registerReads(app, devices);
  const one = `${organizationPath}/devices/:deviceId`;
  app.patch(one, { schema: update, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, deviceId } = request.params;
    const version = requiredVersion(request);
    const device = await devices.update({ organizationId, deviceId, version, changes: request.body }, changeContextOf(request));
    return reply.header('etag', entityTag(device.version)).send(device);
  });
  app.post(`${one}/approve`, { schema: approve, config: { access: 'operator' } }, async (request, reply) => {
    const device = await devices.approve(request.params.organizationId, request.params.deviceId, changeContextOf(request));
    return reply.header('etag', entityTag(device.version)).send(device);
  });
  app.post(`${one}/adopt`, { schema: adopt, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, deviceId } = request.params;
    const device = await devices.adopt(organizationId, deviceId, because(changeContextOf(request), request.body.reason));
    return reply.header('etag', entityTag(device.version)).send(device);
  });
  app.post(`${one}/reassert`, { schema: reassert, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, deviceId } = request.params;
    const device = await devices.reassert(organizationId, deviceId, because(changeContextOf(request), request.body.reason));
    return reply.header('etag', entityTag(device.version)).send(device);
  });
  app.post(`${one}/revoke`, { schema: revoke, config: { access: 'operator' } }, async (request, reply) => {
    const device = await devices.revoke(request.params.organizationId, request.params.deviceId, changeContextOf(request));
    return reply.header('etag', entityTag(device.version)).send(device);
  });
}
