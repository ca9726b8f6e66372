import { VirtualClock } from '@sluice/platform/testing';
import {
  brokenRolloutInvariants,
  canaryPolicy,
  createRolloutWorld,
  type FleetStage,
  type RolloutWorld,
  wholeRollback,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

type Desired = { deviceId: string; revision: number; releaseId: string | null; stageId: string | null; deploymentId: string | null };

describe('the story: three releases into production', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let stage: FleetStage;

  const desired = async (): Promise<Desired[]> => {
    const rows = await world.store.query<Desired>(
      `SELECT x.device_id AS "deviceId", x.revision, x.release_id AS "releaseId", x.stage_id AS "stageId", x.deployment_id AS "deploymentId"
         FROM device_desired x`,
    );
    return stage.deviceIds.flatMap((id) => rows.filter((row) => row.deviceId === id));
  };

  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
    stage = await world.fleet.addStage('prod', { devices: 3, policy: canaryPolicy({ soakMs: 30_000 }) });
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  it.each(['v1', 'v2'])('when %s succeeds everywhere, it takes the canary, soaks, and then the rest', async (name) => {
    const { store, fleet, devices } = world;
    await clock.advance(1);
    const release = await fleet.publish();
    const before = await desired();
    const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
    expect(rollout).toMatchObject({ state: 'scheduled', size: 3, stageName: 'prod', release: { name } });

    await world.settle();
    const [canary, ...rest] = stage.deviceIds;
    expect(await desired()).toMatchObject([{ deviceId: canary, releaseId: release.id }, ...before.slice(1)]);
    expect(await world.detail(rollout.id)).toMatchObject({
      state: 'running',
      counts: { offered: 1, scheduled: 2 },
      blockers: [{ code: 'waiting_for_devices', waveIndex: 0 }],
    });

    await devices.report(stage.deviceIds, ['accepted', 'downloading', 'staged']);
    await devices.report(stage.deviceIds, ['applying', 'verifying'], { method: 'restart', cutOverMs: 321 });
    await devices.report(stage.deviceIds, ['succeeded']);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({
      waves: [{ state: 'soaking' }, { state: 'pending' }],
      blockers: [{ code: 'soaking' }],
    });

    await clock.advance(29_999);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ waves: [{ state: 'soaking' }, { state: 'pending' }] });
    await clock.advance(1);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ waves: [{ state: 'succeeded' }, { state: 'running', counts: { offered: 2 } }] });

    await devices.report(rest, wholeSuccess);
    await world.settle();
    const ended = await world.detail(rollout.id);
    expect(ended).toMatchObject({
      state: 'succeeded',
      counts: { succeeded: 3 },
      blockers: [],
      reason: 'All 3 devices run the release and are healthy.',
    });
    expect((await desired()).map((row) => row.releaseId)).toEqual([release.id, release.id, release.id]);
    const [first] = await store.query<object>(
      'SELECT method, cut_over_ms, attempt, from_release_id FROM deployment WHERE rollout_id = $1 ORDER BY id',
      [rollout.id],
    );
    expect(first).toEqual({ method: 'restart', cut_over_ms: 321, attempt: 1, from_release_id: before[0]?.releaseId ?? null });
  });

  it('when v3 rolls back on the canary, it fails there, the canary goes back and the others are never touched', async () => {
    const { fleet, devices, store } = world;
    await clock.advance(1);
    const release = await fleet.publish();
    const before = await desired();
    const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    await devices.report(stage.deviceIds, wholeRollback, { code: 'CONNECTION_LOST', failureDetail: 'rolled_back' });
    await world.settle();
    const ended = await world.detail(rollout.id);
    expect(ended).toMatchObject({
      state: 'failed',
      counts: { rolled_back: 1, canceled: 2 },
      reason: 'Wave 1: 1 of 1 device failed, more than the 0 % allowed.',
      waves: [{ state: 'failed' }, { state: 'aborted', startedAt: null }],
    });
    const [canary, ...others] = await desired();
    const [canaryBefore, ...othersBefore] = before;
    expect(others).toEqual(othersBefore);
    expect(canary).toEqual({ ...canaryBefore, revision: (canaryBefore?.revision ?? 0) + 2, deploymentId: null });
    expect(await store.query('SELECT 1 FROM rollout WHERE rollback_of = $1', [rollout.id])).toEqual([]);
    expect(ended.decisions.map((decision) => decision.kind).toReversed()).toEqual([
      'start_rollout',
      'start_wave',
      'queue_wave',
      'offer_wave',
      'fail_wave',
      'begin_abort',
      'cancel_cancellable',
      'abort_wave',
      'finish_rollout',
    ]);
    expect(ended.decisions.find((decision) => decision.kind === 'fail_wave')).toMatchObject({
      code: 'error_percent_exceeded',
      numbers: { eligible: 1, failed: 1, errorPercent: 0 },
      policyVersion: 1,
    });
  });

  it('when the release already runs everywhere, it skips every device and proves nothing', async () => {
    await clock.advance(1);
    const [current] = await desired();
    const rollout = await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id });
    await world.settle();
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    await clock.advance(30_000);
    await world.settle();
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(current?.releaseId).not.toBe(rollout.release.id);
    await clock.advance(1);
    const again = await world.promote({ releaseId: rollout.release.id, stageId: stage.id });
    await world.settle();
    expect(await world.detail(again.id)).toMatchObject({
      state: 'succeeded',
      reason: 'No device needed the release.',
      counts: { skipped: 3 },
      waves: [{ state: 'skipped' }, { state: 'skipped', size: 3 }],
    });
  });

  it('when a change is made, it has its entry in the ledger', async () => {
    const actions = await world.store.query<{ action: string }>('SELECT DISTINCT action FROM ledger_entry ORDER BY action');
    expect(actions.map((row) => row.action)).toEqual(
      expect.arrayContaining([
        'rollout.created',
        'rollout.started',
        'wave.started',
        'deployment.offered',
        'deployment.reported',
        'rollout.failed',
      ]),
    );
  });
});
