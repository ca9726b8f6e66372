import type { QueryKey } from '@tanstack/react-query';

/**
 * The key of everything the console remembers. A prefix names a set: `keys.deviceLists(o)` is a prefix of each device list of the organization,
 * which is how a change event finds what it touches.
 */
const organization = (organizationId: string) => ['organization', organizationId] as const;

export const keys = {
  me: ['me'] as const,
  organization,
  fleetSummary: (o: string) => [...organization(o), 'fleet-summary'] as const,
  deviceLists: (o: string) => [...organization(o), 'device-list'] as const,
  deviceList: (o: string, filters: object) => [...organization(o), 'device-list', filters] as const,
  /** Everything about one device. */
  device: (o: string, id: string) => [...organization(o), 'device', id] as const,
  deviceDetail: (o: string, id: string) => [...organization(o), 'device', id, 'detail'] as const,
  deviceTimeline: (o: string, id: string) => [...organization(o), 'device', id, 'timeline'] as const,
  deviceDeployments: (o: string, id: string) => [...organization(o), 'device', id, 'deployments'] as const,
  rolloutLists: (o: string) => [...organization(o), 'rollout-list'] as const,
  rolloutList: (o: string, filters: object) => [...organization(o), 'rollout-list', filters] as const,
  /** Everything about one rollout. */
  rollout: (o: string, id: string) => [...organization(o), 'rollout', id] as const,
  rolloutDetail: (o: string, id: string) => [...organization(o), 'rollout', id, 'detail'] as const,
  rolloutDeployments: (o: string, id: string, filters: object) => [...organization(o), 'rollout', id, 'deployments', filters] as const,
  groups: (o: string) => [...organization(o), 'groups'] as const,
  applications: (o: string) => [...organization(o), 'applications'] as const,
  releases: (o: string) => [...organization(o), 'releases'] as const,
} satisfies Record<string, QueryKey | ((...ids: never[]) => QueryKey)>;
