/** One rollout over a fleet from its plan to its end, phase by phase, and the statement that does no more than say what shall run. */
import type { DeploymentReport, RolloutPolicy } from '@sluice/contracts';
import { applyDeploymentReports, createFreeze, createRollout, liftFreeze, stepRollout } from '@sluice/store';
import { SEED_CONTEXT } from '@sluice/testkit';
import { median } from '../statistics.ts';
import { addDevices, type RolloutBenchWorld } from './world.ts';

/** Milliseconds by phase; bytes. */
export type Life = {
  devices: number;
  planMs: number;
  offerMs: number;
  reportMs: number;
  decideMs: number;
  bareUpdateMs: number;
  workerRssMb: number;
};

const policy: RolloutPolicy = {
  waves: [{ size: { kind: 'rest' }, threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 }, soakMs: 86_400_000 }],
  order: 'random',
  deploymentDeadlineMs: 86_400_000,
  onBreach: 'pause',
};

/** Devices whose reports are committed together: the device API's own group size under load. */
const devicesPerCommit = 500;
const decisions = 20;
const said = ['accepted', 'downloading', 'staged', 'applying', 'verifying', 'succeeded'] as const;

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Takes a release through a fleet of so many devices. @param label names this fleet's devices */
export async function liveOnce(world: RolloutBenchWorld, devices: number, label: string): Promise<Life> {
  const { store, fleet, step } = world;
  const before = await fleet.publish();
  const stage = await fleet.addStage(label, { devices: 0, policy });
  await addDevices(world, { groupId: stage.groupId, count: devices, prefix: label, releaseId: before.id });
  const bareUpdateMs = await bareUpdate(world, stage.groupId, before.id);
  const release = await fleet.publish();
  const freeze = await store.transaction((tx) =>
    createFreeze(tx, fleet.organization.id, { name: 'Plan first', stageId: stage.id }, SEED_CONTEXT),
  );
  const { id } = await store.transaction((tx) =>
    createRollout(tx, fleet.organization.id, { releaseId: release.id, stageId: stage.id }, SEED_CONTEXT),
  );
  const planMs = await timeMs(() => stepRollout(store, id, step));
  await store.query('VACUUM ANALYZE deployment');
  await store.transaction((tx) => liftFreeze(tx, fleet.organization.id, freeze.id, SEED_CONTEXT));
  const offerMs = await timeMs(() => stepRollout(store, id, step));
  const reportMs = await takeReports(world, id);
  await stepRollout(store, id, step);
  const steps: number[] = [];
  for (let count = 0; count < decisions; count += 1) steps.push(await timeMs(() => stepRollout(store, id, step)));
  await expectSoaking(world, id, devices);
  const workerRssMb = process.memoryUsage().rss / 1_048_576;
  return { devices, planMs, offerMs, reportMs, decideMs: median(steps), bareUpdateMs, workerRssMb };
}

/** What a control plane without waves, gates and a way back does: it writes the target, device by device, and that is all. */
async function bareUpdate({ store }: RolloutBenchWorld, groupId: string, releaseId: string): Promise<number> {
  return timeMs(() =>
    store.query(
      `UPDATE device_desired SET release_id = $2, revision = revision + 1, changed_at = now()
        WHERE device_id IN (SELECT device_id FROM device_group_member WHERE group_id = $1)`,
      [groupId, releaseId],
    ),
  );
}

type Told = { deviceId: string; deploymentId: string; attempt: number };

/** Every device says all its states in one request, as it does when the network is slow; many devices are committed together. */
async function takeReports({ store }: RolloutBenchWorld, rolloutId: string): Promise<number> {
  const told = await store.query<Told>(
    `SELECT device_id AS "deviceId", deployment_id AS "deploymentId", attempt FROM device_desired WHERE rollout_id = $1`,
    [rolloutId],
  );
  const at = new Date().toISOString();
  return timeMs(async () => {
    for (let first = 0; first < told.length; first += devicesPerCommit) {
      const batch = told.slice(first, first + devicesPerCommit).map(({ deviceId, deploymentId, attempt }) => ({
        deviceId,
        reports: said.map(
          (state, index): DeploymentReport => ({ sequence: index + 1, kind: 'deployment', at, deploymentId, attempt, state }),
        ),
      }));
      await store.transaction((tx) => applyDeploymentReports(tx, batch));
    }
  });
}

/** A benchmark of something that did not happen would be quick. */
async function expectSoaking({ store }: RolloutBenchWorld, rolloutId: string, devices: number): Promise<void> {
  const [wave] = await store.query<{ state: string; succeeded: number }>(
    `SELECT state, (counts ->> 'succeeded')::int AS succeeded FROM wave WHERE rollout_id = $1`,
    [rolloutId],
  );
  if (wave?.state !== 'soaking' || wave.succeeded !== devices)
    throw new Error(`the rollout is not where it should be: ${JSON.stringify(wave)}`);
}
