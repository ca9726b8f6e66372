import type {
  Application,
  Me,
  Pipeline,
  Release,
  Rollout,
  RolloutDetail,
  RolloutPolicy,
  Snapshot,
  Stage,
  WavePolicy,
} from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import { type Behaviour, type BehaviourOf, type ControlPlaneClient, createControlPlaneClient } from '@sluice/testkit';
import { type ControlPlane, ownerLogin } from './control-plane.ts';
import { enrollGroup, type FleetGroup } from './fleet.ts';
import { packingFlows } from './flows.ts';
import { captureFlows, publishRelease } from './releases.ts';

export const modbusReason = 'The connection "PLC of line 1" (modbus-client) is down: connect ECONNREFUSED 127.0.0.1:50299';

const strict = { successPercent: 100, errorPercent: 0, minimumSample: 1 };
const canary: WavePolicy = { size: { kind: 'count', count: 1 }, threshold: strict, soakMs: 500 };
const half: WavePolicy = { size: { kind: 'percent', percent: 50 }, threshold: strict, soakMs: 500 };
const rest: WavePolicy = { size: { kind: 'rest' }, threshold: strict, soakMs: 0 };

function policy(...waves: WavePolicy[]): RolloutPolicy {
  return { waves, order: 'name', deploymentDeadlineMs: 3_600_000, onBreach: 'roll_back' };
}

/** A plant to look at: two stages with virtual devices, three releases, and rollouts in every condition that matters to a person. */
export type Plant = {
  client: ControlPlaneClient;
  organizationId: string;
  application: Application;
  stages: { staging: Stage; prod: Stage };
  releases: { v1: Release; v2: Release; v3: Release };
  rollouts: { succeeded: Rollout; failed: Rollout; running: Rollout };
  prod: FleetGroup;
  /** An application whose newest change waits for a reviewer. */
  packing: { application: Application; before: Snapshot; after: Snapshot };
  promote(release: Release, stage: Stage): Promise<Rollout>;
  rollout(id: string): Promise<RolloutDetail>;
  /** Lets the devices that hold up the running rollout be: ends every virtual device. */
  stop(): Promise<void>;
};

/** What becomes of each release: v3 loses a connection everywhere; v2 never ends on the last two devices. */
function createBehaviours(): { of: BehaviourOf; name(release: Release): void } {
  const names = new Map<string, string>();
  const behaviourOf = (name: string | undefined, index: number): Behaviour => {
    if (name === 'v3') return { kind: 'roll_back', code: 'CONNECTION_LOST', message: modbusReason };
    if (name === 'v2' && index >= 4) return { kind: 'silent', after: 'downloading' };
    return { kind: 'succeed' };
  };
  return {
    of: ({ index }, { releaseDigest }) => behaviourOf(names.get(releaseDigest ?? ''), index),
    name: ({ digest, name }) => void names.set(digest, name),
  };
}

async function createStages(client: ControlPlaneClient, application: Application, groups: { staging: string; prod: string }) {
  const pipeline = await client.post<Pipeline>(`/applications/${application.id}/pipelines`, {
    name: 'main',
    stages: [
      { name: 'staging', groupIds: [groups.staging], policy: policy(canary, rest) },
      { name: 'prod', groupIds: [groups.prod], policy: policy(canary, half, rest) },
    ],
  });
  const [staging, prod] = pipeline.stages;
  if (staging === undefined || prod === undefined) throw new Error('the pipeline has no stages');
  return { staging, prod };
}

async function createPacking(client: ControlPlaneClient): Promise<Plant['packing']> {
  const application = await client.post<Application>('/applications', { name: 'Packing line', description: 'Scales and cartons' });
  const before = await captureFlows(client, application, packingFlows.before, 'As it runs');
  const after = await captureFlows(client, application, packingFlows.after, 'Orders over HTTP, a route to reset the scale');
  return { application, before, after };
}

/** Builds the plant through the API and through the device protocol: nothing in it is made up behind the control plane's back. */
export async function buildPlant(controlPlane: ControlPlane): Promise<Plant> {
  const { origin } = controlPlane;
  const client = createControlPlaneClient(origin);
  await client.signIn(ownerLogin);
  const me = await client.get<Me>('/api/v1/me');
  const behaviours = createBehaviours();
  const group = (name: string, count: number, automaticApproval = true) =>
    enrollGroup(client, origin, { name, count, labels: { site: 'ulm', stage: name }, behaviour: behaviours.of, automaticApproval });
  const staging = await group('staging', 3);
  const prod = await group('prod', 6);
  const waiting = await group('newcomer', 2, false);

  const application = await client.post<Application>('/applications', { name: 'Bottling line' });
  const stages = await createStages(client, application, { staging: staging.groupId, prod: prod.groupId });
  const publish = async (name: string): Promise<Release> => {
    const release = await publishRelease(client, application, name);
    behaviours.name(release);
    return release;
  };
  const promote = (release: Release, stage: Stage) => client.post<Rollout>('/rollouts', { releaseId: release.id, stageId: stage.id });
  const rollout = (id: string) => client.get<RolloutDetail>(`/rollouts/${id}`);
  const ended = async (started: Rollout): Promise<Rollout> => {
    await waitFor(`rollout ${started.release.name} to end`, async () => (await rollout(started.id)).finishedAt !== null, {
      timeoutMs: 60_000,
      intervalMs: 200,
    });
    return started;
  };

  const v1 = await publish('v1');
  await ended(await promote(v1, stages.staging));
  const succeeded = await ended(await promote(v1, stages.prod));
  const v3 = await publish('v3');
  const failed = await ended(await promote(v3, stages.staging));
  const v2 = await publish('v2');
  const running = await promote(v2, stages.prod);
  await waitFor('the last wave of v2 to run', async () => (await rollout(running.id)).waves[2]?.state === 'running', {
    timeoutMs: 60_000,
    intervalMs: 200,
  });
  const packing = await createPacking(client);
  const fleets = [staging.fleet, prod.fleet, waiting.fleet];
  return {
    client,
    organizationId: me.memberships[0]?.organizationId ?? '',
    application,
    stages,
    releases: { v1, v2, v3 },
    rollouts: { succeeded, failed, running },
    prod,
    packing,
    promote,
    rollout,
    stop: async () => {
      await Promise.all(fleets.map((fleet) => fleet.stop()));
    },
  };
}
