import type {
  DeviceIntegrations,
  FleetEndpoint,
  FleetIntegrationQuery,
  FleetIntegrations,
  SnapshotIntegrations,
  TalkingDevice,
} from '@sluice/contracts';
import { queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';
import { everythingMax, type Filters, organizationPath, pagedQuery } from './queries.ts';

export type IntegrationFilters = Filters<FleetIntegrationQuery>;

/** Everything outside that the fleet talks to, or what of it is asked for. */
export const fleetIntegrationsQuery = (o: string, filters: IntegrationFilters) =>
  pagedQuery<FleetEndpoint, FleetIntegrations>([...keys.integrations(o), 'fleet', filters], `${organizationPath(o)}/integrations`, filters);

/** The devices that talk to something. */
export const talkingDevicesQuery = (o: string, filters: IntegrationFilters) =>
  pagedQuery<TalkingDevice>([...keys.integrations(o), 'devices', filters], `${organizationPath(o)}/integrations/devices`, filters);

/** What a snapshot talks to, with the variables of a stage or none. The first two hundred. */
export const snapshotIntegrationsQuery = (o: string, snapshotId: string, stageId: string | undefined) =>
  queryOptions({
    queryKey: [...keys.integrations(o), 'snapshot', snapshotId, stageId ?? ''],
    queryFn: ({ signal }) => {
      const path = `${organizationPath(o)}/snapshots/${snapshotId}/integrations`;
      return read<SnapshotIntegrations>(withQuery(path, { stageId, idle: true, limit: everythingMax }), signal);
    },
  });

/** What a device talks to now. The first two hundred. */
export const deviceIntegrationsQuery = (o: string, deviceId: string) =>
  queryOptions({
    queryKey: [...keys.device(o, deviceId), 'integrations'],
    queryFn: ({ signal }) =>
      read<DeviceIntegrations>(withQuery(`${organizationPath(o)}/devices/${deviceId}/integrations`, { limit: everythingMax }), signal),
  });
