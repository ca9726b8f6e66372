import { VirtualClock } from '@sluice/platform/testing';
import {
  brokenRolloutInvariants,
  canaryPolicy,
  createRolloutWorld,
  type FleetStage,
  type RolloutWorld,
  strictWave,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyDeploymentReports } from '../index.ts';

describe('what devices report', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let stage: FleetStage;
  let rolloutId: string;
  let stages = 0;
  const counts = async () => (await world.detail(rolloutId)).counts;

  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  beforeEach(async () => {
    stages += 1;
    stage = await world.fleet.addStage(`stage-${stages}`, {
      devices: 3,
      policy: { ...canaryPolicy(), waves: [strictWave({ kind: 'rest' })] },
    });
    await clock.advance(1);
    rolloutId = (await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id })).id;
    await world.settle();
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  it('when reports move a deployment on, the counts follow in the same transaction, and the rollout is named for the worker', async () => {
    const { accepted, refused, rolloutIds } = await world.devices.report(stage.deviceIds.slice(0, 2), ['accepted', 'downloading']);
    expect(accepted.map((report) => report.state)).toEqual(['accepted', 'downloading', 'accepted', 'downloading']);
    expect(refused).toEqual([]);
    expect(rolloutIds).toEqual([rolloutId]);
    expect(await counts()).toEqual({ downloading: 2, offered: 1 });
  });

  it('when reports are delivered again, they change no count and nothing else', async () => {
    await world.devices.report(stage.deviceIds, ['accepted', 'downloading']);
    const before = await world.detail(rolloutId);
    const again = await world.devices.redeliver();
    expect(again.accepted).toEqual([]);
    expect(again.refused.map((report) => report.code)).toEqual(['out_of_order', 'out_of_order', 'out_of_order']);
    expect(again.rolloutIds).toEqual([]);
    expect(await world.detail(rolloutId)).toEqual(before);
  });

  it('when a report in between is lost, the next one is taken; a step back is refused with the state as it is', async () => {
    await world.devices.report(stage.deviceIds.slice(0, 1), ['staged']);
    const { refused } = await world.devices.report(stage.deviceIds.slice(0, 1), ['downloading']);
    expect(refused).toMatchObject([{ code: 'out_of_order', state: 'staged' }]);
    expect(await counts()).toEqual({ staged: 1, offered: 2 });
  });

  it('when a report belongs to another attempt, it is refused', async () => {
    const old = await world.devices.report(stage.deviceIds.slice(0, 1), ['accepted'], { attempt: 0 });
    expect(old.refused).toMatchObject([{ code: 'old_attempt', state: 'offered' }]);
    const unknown = await world.devices.report(stage.deviceIds.slice(0, 1), ['accepted'], { attempt: 2 });
    expect(unknown.refused).toMatchObject([{ code: 'unknown_attempt', state: 'offered' }]);
    expect(await counts()).toEqual({ offered: 3 });
  });

  it("when a device reports about another device's deployment, it is told that there is none", async () => {
    const [own = '', other = ''] = stage.deviceIds;
    const [told] = await world.store.query<{ deploymentId: string }>(
      'SELECT deployment_id AS "deploymentId" FROM device_desired WHERE device_id = $1',
      [other],
    );
    const report = { sequence: 900, kind: 'deployment', at: new Date(clock.now()).toISOString(), attempt: 1, state: 'succeeded' } as const;
    const { refused } = await world.store.transaction((tx) =>
      applyDeploymentReports(tx, [{ deviceId: own, reports: [{ ...report, deploymentId: told?.deploymentId ?? '' }] }]),
    );
    expect(refused).toMatchObject([{ code: 'unknown_deployment', state: 'unknown' }]);
    expect(await counts()).toEqual({ offered: 3 });
  });

  it('when a device fails, it is told again what it ran before, and a success reported later is refused', async () => {
    const [device = ''] = stage.deviceIds;
    await world.devices.report([device], ['accepted', 'failed'], {
      code: 'DISK_FULL',
      failureDetail: 'no_state_change',
      message: 'no space',
    });
    const [row] = await world.store.query<object>(
      'SELECT x.deployment_id, x.release_id, d.code, d.failure_detail, d.message FROM deployment d JOIN device_desired x USING (device_id) WHERE d.device_id = $1',
      [device],
    );
    expect(row).toEqual({
      deployment_id: null,
      release_id: null,
      code: 'DISK_FULL',
      failure_detail: 'no_state_change',
      message: 'no space',
    });
  });

  it('when the reports of many devices arrive at once from several requests, no count is lost', async () => {
    const requests = stage.deviceIds.flatMap((id) => [
      world.devices.report([id], ['accepted', 'downloading']),
      world.devices.report([id], ['accepted', 'downloading', 'staged', 'applying', 'verifying', 'succeeded']),
    ]);
    await Promise.all(requests);
    await world.settle();
    expect(await world.detail(rolloutId)).toMatchObject({ state: 'succeeded', counts: { succeeded: 3 } });
  });

  it('when a device says what it said, the ledger has its words under its name', async () => {
    await world.devices.report(stage.deviceIds.slice(0, 1), wholeSuccess);
    const [entry] = await world.store.query<object>(
      `SELECT action, actor, search -> 'after' -> 'reports' -> 0 ->> 'state' AS state FROM ledger_entry
        WHERE action = 'deployment.reported' ORDER BY at DESC, id DESC LIMIT 1`,
    );
    expect(entry).toEqual({ action: 'deployment.reported', actor: `stage-${stages}-00001`, state: 'succeeded' });
  });
});
