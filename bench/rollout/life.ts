/** One rollout over a fleet from its plan to its end, phase by phase, and the statement that does no more than say what shall run. */
import type { DeploymentReport, RolloutPolicy } from '@sluice/contracts';
import { applyDeploymentReports, createFreeze, createRollout, liftFreeze, stepRollout } from '@sluice/store';
import { SEED_CONTEXT } from '@sluice/testkit';
import { median } from '../statistics.ts';
import { nothingSpent, type Spent, sum } from './meter.ts';
import { addDevices, longest, type RolloutBenchWorld } from './world.ts';

export type Life = {
  devices: number;
  plan: Spent;
  offer: Spent;
  report: Spent;
  /** One step over a rollout that has nothing to do. */
  decide: Spent;
  bareUpdate: Spent;
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
/** So many devices are read at once: what tells the reports shall not be what fills the memory. */
const devicesPerPage = 5_000;
const decisions = 20;
const said = ['accepted', 'downloading', 'staged', 'applying', 'verifying', 'succeeded'] as const;

/** What the whole life of the rollout took. */
export const wholeOf = ({ plan, offer, report, decide }: Life): Spent => sum([plan, offer, report, decide]);

/** Takes a release through a fleet of so many devices. @param label names this fleet's devices */
export async function liveOnce(world: RolloutBenchWorld, devices: number, label: string): Promise<Life> {
  const { store, fleet, step, meter } = world;
  const before = await fleet.publish();
  const stage = await fleet.addStage(label, { devices: 0, policy });
  await addDevices(world, { groupId: stage.groupId, count: devices, prefix: label, releaseId: before.id });
  const bareUpdate = await meter(() => updateBarely(world, stage.groupId));
  const release = await fleet.publish();
  const freeze = await store.transaction((tx) =>
    createFreeze(tx, fleet.organization.id, { name: 'Plan first', stageId: stage.id }, SEED_CONTEXT),
  );
  const { id } = await store.transaction((tx) =>
    createRollout(tx, fleet.organization.id, { releaseId: release.id, stageId: stage.id }, SEED_CONTEXT),
  );
  const plan = await meter(() => stepRollout(store, id, step));
  await store.transaction((tx) => liftFreeze(tx, fleet.organization.id, freeze.id, SEED_CONTEXT));
  const offer = await meter(() => stepRollout(store, id, step));
  const report = await takeReports(world, id);
  await stepRollout(store, id, step);
  const steps: Spent[] = [];
  for (let count = 0; count < decisions; count += 1) steps.push(await meter(() => stepRollout(store, id, step)));
  const decide = { ms: median(steps.map(({ ms }) => ms)), cpuMs: median(steps.map(({ cpuMs }) => cpuMs)) };
  await expectSoaking(world, id, devices);
  const workerRssMb = process.memoryUsage().rss / 1_048_576;
  return { devices, plan, offer, report, decide, bareUpdate, workerRssMb };
}

/**
 * What a control plane without waves, gates and a way back does: one statement, committed by itself, gives all devices of a group another
 * target. The same rows of the same table, with its indexes and its keys, on the same server.
 */
async function updateBarely({ store, fleet }: RolloutBenchWorld, groupId: string): Promise<void> {
  const target = await fleet.publish();
  await store.transaction(
    (tx) =>
      tx.execute(
        `UPDATE device_desired SET release_id = $2, revision = revision + 1, changed_at = now()
          WHERE device_id IN (SELECT device_id FROM device_group_member WHERE group_id = $1)`,
        [groupId, target.id],
      ),
    longest,
  );
}

type Told = { deviceId: string; deploymentId: string; attempt: number };

/** Every device says all its states in one request, as it does when the network is slow; many devices are committed together. */
async function takeReports({ store, meter }: RolloutBenchWorld, rolloutId: string): Promise<Spent> {
  const at = new Date().toISOString();
  let spent = nothingSpent;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const page = await store.query<Told>(
      `SELECT device_id AS "deviceId", deployment_id AS "deploymentId", attempt FROM device_desired
        WHERE rollout_id = $1 AND device_id > $2 ORDER BY device_id LIMIT $3`,
      [rolloutId, after, devicesPerPage],
    );
    const last = page.at(-1);
    if (last === undefined) return spent;
    after = last.deviceId;
    const batches = Array.from({ length: Math.ceil(page.length / devicesPerCommit) }, (_, place) =>
      page.slice(place * devicesPerCommit, (place + 1) * devicesPerCommit).map((told) => reportsOf(told, at)),
    );
    const taken = await meter(async () => {
      for (const batch of batches) await store.transaction((tx) => applyDeploymentReports(tx, batch));
    });
    spent = sum([spent, taken]);
  }
}

function reportsOf({ deviceId, deploymentId, attempt }: Told, at: string): { deviceId: string; reports: DeploymentReport[] } {
  const reports = said.map(
    (state, index): DeploymentReport => ({ sequence: index + 1, kind: 'deployment', at, deploymentId, attempt, state }),
  );
  return { deviceId, reports };
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
