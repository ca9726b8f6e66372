import {
  type Application,
  type CreatedEnrollmentCode,
  type Group,
  type Pipeline,
  type Release,
  type Rollout,
  type RolloutDetail,
  type RolloutPolicy,
  type Snapshot,
  terminalRolloutStates,
} from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import {
  type BehaviourOf,
  type ControlPlaneClient,
  createControlPlaneClient,
  createVirtualFleet,
  lockedAt,
  strictWave,
  type VirtualFleet,
} from '@sluice/testkit';
import { owner, runtimeVersion, type Standalone } from './standalone.ts';

/** One application, one stage, one group, and a fleet of virtual devices in it. */
export type Plant = {
  client: ControlPlaneClient;
  group: Group;
  fleet: VirtualFleet;
  /** Publishes the next release: other flows than the one before. */
  publish(): Promise<Release>;
  /** Starts a rollout of a release, or of the next one; under another policy than the stage's if given. */
  promote(options?: { release?: Release; policy?: RolloutPolicy }): Promise<Promotion>;
};

export type Promotion = { release: Release; rolloutId: string };

/** Goes on through outages. */
const retryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 100, delayMsMax: 1_000 };

/** A canary, a third, the rest; every device has to succeed. */
export const threeWaves: RolloutPolicy = {
  waves: [strictWave({ kind: 'count', count: 3 }), strictWave({ kind: 'percent', percent: 40 }), strictWave({ kind: 'rest' })],
  order: 'name',
  deploymentDeadlineMs: 120_000,
  onBreach: 'pause',
};

/** The whole lock of an application without modules of its own. A virtual device installs nothing, so the smallest package will do. */
const lock = {
  name: 'plant',
  version: '0.0.0',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'plant', version: '0.0.0', dependencies: { 'node-red': runtimeVersion } },
    'node_modules/node-red': lockedAt('node-red', runtimeVersion),
  },
};

/** Flows with modules that need no registry, as a project has them. */
export function snapshotRequest(version: number) {
  const flows = [
    { id: 'f1', type: 'tab', label: `Line, version ${version}` },
    { id: 'n1', type: 'inject', z: 'f1', wires: [['n2']] },
    { id: 'n2', type: 'debug', z: 'f1', wires: [] },
  ];
  return { flows, package: lock.packages[''], lock };
}

/** An enrollment code that brings devices into the group. */
export async function createCode(client: ControlPlaneClient, group: Group, maximumUses: number): Promise<CreatedEnrollmentCode> {
  return client.post('/enrollment-codes', {
    name: `for ${maximumUses}`,
    expiresInSeconds: 3600,
    maximumUses,
    automaticApproval: true,
    groupId: group.id,
  });
}

/** Sets up the organization through the API and waits until every device has enrolled. */
export async function createPlant(
  standalone: Standalone,
  options: { name: string; devices: number; paceMs?: number; behaviour?: BehaviourOf },
): Promise<Plant> {
  const { name, devices, paceMs = 60, behaviour } = options;
  const client = createControlPlaneClient(standalone.origin);
  await client.signIn(owner);
  const application = await client.post<Application>('/applications', { name });
  const group = await client.post<Group>('/groups', { name });
  const stages = [{ name: 'prod', groupIds: [group.id], policy: threeWaves }];
  const pipeline = await client.post<Pipeline>(`/applications/${application.id}/pipelines`, { name: 'main', stages });
  const { code } = await createCode(client, group, devices);
  const fleet = createVirtualFleet({
    origin: standalone.origin,
    enrollmentCode: code,
    count: devices,
    namePrefix: name,
    paceMs,
    retryPolicy,
    ...(behaviour === undefined ? {} : { behaviour }),
  });
  fleet.start();
  await waitFor('all devices to enroll', () => fleet.devices.every((device) => device.id() !== undefined), { timeoutMs: 30_000 });
  let version = 0;
  const publish = async (): Promise<Release> => {
    version += 1;
    const snapshot = await client.post<Snapshot>(`/applications/${application.id}/snapshots`, snapshotRequest(version));
    return client.post<Release>(`/applications/${application.id}/releases`, { snapshotId: snapshot.id });
  };
  return {
    client,
    group,
    fleet,
    publish,
    promote: async ({ release, policy } = {}) => {
      const target = release ?? (await publish());
      const request = { releaseId: target.id, stageId: pipeline.stages[0]?.id, ...(policy === undefined ? {} : { policy }) };
      const { id } = await client.post<Rollout>('/rollouts', request);
      return { release: target, rolloutId: id };
    },
  };
}

/** Waits, through outages of the control plane, until the rollout has ended. */
export function whenEnded({ client }: Plant, rolloutId: string): Promise<RolloutDetail> {
  return waitFor(
    'the rollout to end',
    async () => {
      const detail = await client.get<RolloutDetail>(`/rollouts/${rolloutId}`);
      return (terminalRolloutStates as readonly string[]).includes(detail.state) ? detail : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 50 },
  );
}

/** Waits until the control plane has acknowledged so many reports about deployments since a mark. @param since length of `acknowledged` then */
export async function whenReported({ fleet }: Plant, since: number, reports: number): Promise<void> {
  await waitFor(
    `${reports} acknowledged reports`,
    () => {
      const news = fleet.acknowledged().slice(since);
      return news.filter(({ report }) => report.kind === 'deployment').length >= reports;
    },
    { timeoutMs: 60_000, intervalMs: 5 },
  );
}
