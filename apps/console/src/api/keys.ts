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
  /** Everything about all rollouts, one by one. */
  rollouts: (o: string) => [...organization(o), 'rollout'] as const,
  /** Everything about one rollout. */
  rollout: (o: string, id: string) => [...organization(o), 'rollout', id] as const,
  rolloutDetail: (o: string, id: string) => [...organization(o), 'rollout', id, 'detail'] as const,
  rolloutDeployments: (o: string, id: string, filters: object) => [...organization(o), 'rollout', id, 'deployments', filters] as const,
  /** Promotions and what may be promoted where, one by one and as lists. */
  promotions: (o: string) => [...organization(o), 'promotions'] as const,
  groups: (o: string) => [...organization(o), 'groups'] as const,
  /** Everything about applications themselves, not about what belongs to them. */
  applications: (o: string) => [...organization(o), 'applications'] as const,
  pipelines: (o: string) => [...organization(o), 'pipelines'] as const,
  snapshotLists: (o: string) => [...organization(o), 'snapshot-list'] as const,
  snapshotList: (o: string, applicationId: string) => [...organization(o), 'snapshot-list', applicationId] as const,
  /** Everything about one snapshot. */
  snapshot: (o: string, id: string) => [...organization(o), 'snapshot', id] as const,
  /** What snapshots differ in: never stale, because snapshots do not change. */
  comparisons: (o: string) => [...organization(o), 'comparisons'] as const,
  /** What policies find in snapshots and releases. */
  findings: (o: string) => [...organization(o), 'findings'] as const,
  /** Settings of policies and waivers. */
  policies: (o: string) => [...organization(o), 'policies'] as const,
  integrations: (o: string) => [...organization(o), 'integrations'] as const,
  freezes: (o: string) => [...organization(o), 'freezes'] as const,
  /** Disruption budgets, one by one and as a list. */
  disruptionBudgets: (o: string) => [...organization(o), 'disruption-budgets'] as const,
  gitRemotes: (o: string) => [...organization(o), 'git-remotes'] as const,
  /** Releases, one by one and as lists: there are few, and they are small. */
  releases: (o: string) => [...organization(o), 'releases'] as const,
} satisfies Record<string, QueryKey | ((...ids: never[]) => QueryKey)>;
