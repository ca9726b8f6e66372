import {
  DeviceIntegrations,
  FleetIntegrationQuery,
  FleetIntegrations,
  IntegrationQuery,
  Page,
  SnapshotIntegrationQuery,
  SnapshotIntegrations,
  TalkingDevice,
  Uuid,
} from '@sluice/contracts';
import { sendJsonBytes } from '../../http/json-bytes.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Integrations } from './service.ts';

const problems = ['CURSOR_INVALID'] as const;

const ofSnapshot = declareRoute({
  operationId: 'listSnapshotIntegrations',
  tags: ['integrations'],
  summary: 'Everything outside that a snapshot talks to: brokers, controllers, databases, addresses, files, ports, routes that it offers.',
  params: organizationParams({ snapshotId: Uuid }),
  querystring: SnapshotIntegrationQuery,
  response: { 200: SnapshotIntegrations },
  problems: [...problems],
});
const ofDevice = declareRoute({
  operationId: 'listDeviceIntegrations',
  tags: ['integrations'],
  summary: 'Everything outside that a device talks to: the release that runs there, with the variables as they are set for it now.',
  params: organizationParams({ deviceId: Uuid }),
  querystring: IntegrationQuery,
  response: { 200: DeviceIntegrations },
  problems: [...problems],
});
const ofStage = declareRoute({
  operationId: 'listStageIntegrations',
  tags: ['integrations'],
  summary: 'Everything outside that the devices of a stage talk to with the application of its pipeline.',
  params: organizationParams({ stageId: Uuid }),
  querystring: IntegrationQuery,
  response: { 200: FleetIntegrations },
  problems: [...problems],
});
const ofFleet = declareRoute({
  operationId: 'listIntegrations',
  tags: ['integrations'],
  summary: 'Everything outside that the fleet, a group, a stage or an application talks to, each with the devices and the nodes behind it.',
  description: 'Asked with `address`, it answers who talks to that. Every device counts with its own variables.',
  params: OrganizationParams,
  querystring: FleetIntegrationQuery,
  response: { 200: FleetIntegrations },
  problems: [...problems],
});
const talkers = declareRoute({
  operationId: 'listIntegrationDevices',
  tags: ['integrations'],
  summary: 'The devices that talk to something outside, by name.',
  params: OrganizationParams,
  querystring: FleetIntegrationQuery,
  response: { 200: Page(TalkingDevice) },
  problems: [...problems],
});

/** Binds the integration maps' routes. */
export function registerIntegrations(app: ApiServer, integrations: Integrations): void {
  const config = { access: 'viewer' } as const;
  app.get(`${organizationPath}/snapshots/:snapshotId/integrations`, { schema: ofSnapshot, config }, async ({ params, query }, reply) =>
    sendJsonBytes(reply, await integrations.ofSnapshot(params.organizationId, params.snapshotId, query)),
  );
  app.get(`${organizationPath}/devices/:deviceId/integrations`, { schema: ofDevice, config }, async ({ params, query }, reply) =>
    sendJsonBytes(reply, await integrations.ofDevice(params.organizationId, params.deviceId, query)),
  );
  app.get(`${organizationPath}/stages/:stageId/integrations`, { schema: ofStage, config }, async ({ params, query }, reply) =>
    sendJsonBytes(reply, await integrations.ofFleet(params.organizationId, { ...query, stageId: params.stageId })),
  );
  app.get(`${organizationPath}/integrations`, { schema: ofFleet, config }, async ({ params, query }, reply) =>
    sendJsonBytes(reply, await integrations.ofFleet(params.organizationId, query)),
  );
  app.get(`${organizationPath}/integrations/devices`, { schema: talkers, config }, async ({ params, query }, reply) =>
    sendJsonBytes(reply, await integrations.talkers(params.organizationId, query)),
  );
}
