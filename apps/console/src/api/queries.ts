import type {
  Application,
  Deployment,
  DeploymentQuery,
  Device,
  DeviceDetail,
  DeviceEvent,
  DeviceQuery,
  FleetSummary,
  Group,
  Me,
  Page,
  Rollout,
  RolloutDetail,
  RolloutQuery,
} from '@sluice/contracts';
import { infiniteQueryOptions, type QueryKey, queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';

/** What a page asks of a list: the contract's query without what paging adds. */
export type Filters<Q> = Omit<Q, 'cursor' | 'limit'>;
export type DeviceFilters = Filters<DeviceQuery>;
export type RolloutFilters = Filters<RolloutQuery>;
export type DeploymentFilters = Filters<DeploymentQuery>;

const pageSize = 50;
export const everythingMax = 200;

export const organizationPath = (organizationId: string): string => `/api/v1/organizations/${organizationId}`;

/** A list that grows by the server's pages, as the person scrolls. */
export function pagedQuery<T, P extends Page<T> = Page<T>>(
  queryKey: QueryKey,
  path: string,
  filters: Record<string, string | number | boolean | undefined>,
) {
  return infiniteQueryOptions({
    queryKey,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => read<P>(withQuery(path, { ...filters, limit: pageSize, cursor: pageParam }), signal),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export const meQuery = queryOptions({ queryKey: keys.me, queryFn: ({ signal }) => read<Me>('/api/v1/me', signal), staleTime: 60_000 });

export const fleetSummaryQuery = (o: string) =>
  queryOptions({
    queryKey: keys.fleetSummary(o),
    queryFn: ({ signal }) => read<FleetSummary>(`${organizationPath(o)}/devices/summary`, signal),
  });

export const deviceListQuery = (o: string, filters: DeviceFilters) =>
  pagedQuery<Device>(keys.deviceList(o, filters), `${organizationPath(o)}/devices`, filters);

/** The first few devices of a filter, for a glance. */
export const fewDevicesQuery = (o: string, filters: DeviceFilters, limit: number) =>
  queryOptions({
    queryKey: keys.deviceList(o, { ...filters, limit }),
    queryFn: ({ signal }) => read<Page<Device>>(withQuery(`${organizationPath(o)}/devices`, { ...filters, limit }), signal),
  });

export const deviceQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: keys.deviceDetail(o, id),
    queryFn: ({ signal }) => read<DeviceDetail>(`${organizationPath(o)}/devices/${id}`, signal),
  });

export const deviceTimelineQuery = (o: string, id: string) =>
  pagedQuery<DeviceEvent>(keys.deviceTimeline(o, id), `${organizationPath(o)}/devices/${id}/events`, {});

export const deviceDeploymentsQuery = (o: string, id: string) =>
  pagedQuery<Deployment>(keys.deviceDeployments(o, id), `${organizationPath(o)}/devices/${id}/deployments`, {});

export const rolloutListQuery = (o: string, filters: RolloutFilters) =>
  pagedQuery<Rollout>(keys.rolloutList(o, filters), `${organizationPath(o)}/rollouts`, filters);

export const fewRolloutsQuery = (o: string, filters: RolloutFilters, limit: number) =>
  queryOptions({
    queryKey: keys.rolloutList(o, { ...filters, limit }),
    queryFn: ({ signal }) => read<Page<Rollout>>(withQuery(`${organizationPath(o)}/rollouts`, { ...filters, limit }), signal),
  });

export const rolloutQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: keys.rolloutDetail(o, id),
    queryFn: ({ signal }) => read<RolloutDetail>(`${organizationPath(o)}/rollouts/${id}`, signal),
  });

export const rolloutDeploymentsQuery = (o: string, id: string, filters: DeploymentFilters) =>
  pagedQuery<Deployment>(keys.rolloutDeployments(o, id, filters), `${organizationPath(o)}/rollouts/${id}/deployments`, filters);

export const groupsQuery = (o: string) =>
  queryOptions({
    queryKey: keys.groups(o),
    queryFn: ({ signal }) => read<Page<Group>>(withQuery(`${organizationPath(o)}/groups`, { limit: everythingMax }), signal),
    staleTime: 60_000,
  });

export const applicationsQuery = (o: string) =>
  queryOptions({
    queryKey: keys.applications(o),
    queryFn: ({ signal }) => read<Page<Application>>(withQuery(`${organizationPath(o)}/applications`, { limit: everythingMax }), signal),
    staleTime: 60_000,
  });
