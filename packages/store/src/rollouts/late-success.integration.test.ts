import type { Release, RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { brokenRolloutInvariants, createRolloutWorld, type FleetStage, type RolloutWorld, strictWave, wholeSuccess } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { applyDeploymentReports } from './reports.ts';

const everybody = (onBreach: RolloutPolicy['onBreach'], errorPercent = 0): RolloutPolicy => ({
  waves: [
    {
      ...strictWave({ kind: 'rest' }),
      threshold: { successPercent: 100 - errorPercent, errorPercent, minimumSample: 1 },
    },
  ],
  order: 'name',
  deploymentDeadlineMs: 60_000,
  onBreach,
});

describe('late success after close is lost: a success after the end of its deployment', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let stages = 0;
  let sequence = 5_000;

  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  const promote = async (release: Release, stage: FleetStage, policy?: RolloutPolicy) => {
    await clock.advance(1);
    const { id } = await world.promote({ releaseId: release.id, stageId: stage.id, ...(policy === undefined ? {} : { policy }) });
    await world.settle();
    return id;
  };
  /** Two devices that run a first release, and a second one under way on them, up to `applying`. */
  const halfWay = async (policy: RolloutPolicy) => {
    stages += 1;
    const stage = await world.fleet.addStage(`late-${stages}`, { devices: 2, policy });
    const [before, release] = [await world.fleet.publish(), await world.fleet.publish()];
    await promote(before, stage);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    const rolloutId = await promote(release, stage);
    await world.devices.report(stage.deviceIds, ['accepted', 'downloading', 'staged', 'applying']);
    const [first = '', second = ''] = stage.deviceIds;
    return { stage, before, release, rolloutId, first, second };
  };
  const deploymentOf = async (rolloutId: string, deviceId: string) => {
    const [row] = await world.store.query<{ id: string; attempt: number; state: string }>(
      'SELECT id, attempt, state FROM deployment WHERE rollout_id = $1 AND device_id = $2',
      [rolloutId, deviceId],
    );
    return row ?? { id: '', attempt: 0, state: '' };
  };
  const succeedLate = async (rolloutId: string, deviceId: string) => {
    const { id: deploymentId, attempt } = await deploymentOf(rolloutId, deviceId);
    sequence += 1;
    const report = {
      sequence,
      kind: 'deployment',
      at: new Date(clock.now()).toISOString(),
      deploymentId,
      attempt,
      state: 'succeeded',
    } as const;
    const applied = await world.store.transaction((tx) => applyDeploymentReports(tx, [{ deviceId, reports: [report] }]));
    await world.settle();
    return applied;
  };
  /** What a device shall run: the agent refuses a counter below the highest it committed of the application. */
  const desired = async (deviceId: string) => {
    const [row] = await world.store.query<{ releaseId: string; counter: number; revision: number; origin: string | null }>(
      `SELECT l.id AS "releaseId", l.counter, x.revision::int AS revision, l.republished_from AS origin
         FROM device_desired x JOIN release l ON l.id = x.release_id WHERE x.device_id = $1`,
      [deviceId],
    );
    return row ?? { releaseId: '', counter: 0, revision: 0, origin: null };
  };
  const said = (deviceId: string) =>
    world.store.query<{ message: string }>(`SELECT message FROM device_event WHERE device_id = $1 AND code = 'SUCCEEDED_LATE'`, [deviceId]);

  it('when its time was over, the device goes on with the release, which is in the ledger, and the deployment stays as it ended', async () => {
    const { rolloutId, release, before, first } = await halfWay(everybody('pause', 100));
    await clock.advance(60_000);
    await world.settle();
    expect(await desired(first)).toMatchObject({ releaseId: before.id, revision: 3 });
    const applied = await succeedLate(rolloutId, first);
    expect(applied.refused).toMatchObject([{ code: 'deployment_closed', state: 'timed_out' }]);
    expect(await desired(first)).toMatchObject({ releaseId: release.id, revision: 4 });
    expect(await deploymentOf(rolloutId, first)).toMatchObject({ state: 'timed_out' });
    expect(await said(first)).toMatchObject([{ message: expect.stringContaining('succeeded after its deployment was timed_out') }]);
    const [entry] = await world.store.query<object>(
      `SELECT search -> 'after' ->> 'answer' AS answer FROM ledger_entry WHERE action = 'deployment.succeeded_late' ORDER BY at DESC, id DESC LIMIT 1`,
    );
    expect(entry).toEqual({ answer: 'adopt' });
    await succeedLate(rolloutId, first);
    expect(await desired(first), 'the same again').toMatchObject({ releaseId: release.id, revision: 4 });
  });

  it('when the rollout failed, the device goes back to the files it ran before, as a release it does not refuse', async () => {
    const { rolloutId, release, before, first, second } = await halfWay(everybody('roll_back'));
    await clock.advance(60_000);
    await world.settle();
    expect(await world.detail(rolloutId)).toMatchObject({ state: 'failed', counts: { timed_out: 2 } });
    await succeedLate(rolloutId, first);
    const told = await desired(first);
    expect(told.origin).toBe(before.id);
    expect(told.counter).toBeGreaterThan(release.counter);
    expect(await said(first)).toMatchObject([{ message: expect.stringContaining('goes back by a rollback') }]);
    expect(await desired(second), 'who never reported is told what it was told').toMatchObject({ releaseId: before.id });
    const [rollback, ...more] = await world.store.query<{ id: string }>('SELECT id FROM rollout WHERE rollback_of = $1', [rolloutId]);
    expect(more).toEqual([]);
    await world.devices.report([first], wholeSuccess);
    await world.settle();
    expect(await world.detail(rollback?.id ?? '')).toMatchObject({ state: 'succeeded', size: 1 });
    await succeedLate(rolloutId, second);
    expect(await desired(second), 'late ones of a minute go back together').toMatchObject({ releaseId: release.id });
    await clock.advance(60_000);
    await world.settle();
    expect(await desired(second)).toMatchObject({ origin: before.id });
    expect((await world.detail(rolloutId)).decisions[0]).toMatchObject({ kind: 'roll_back_late_devices', numbers: { devices: 1 } });
  });

  it('when the rollout fails only later on, the device that had gone on goes back, too', async () => {
    const { rolloutId, before, release, first } = await halfWay(everybody('pause', 50));
    await clock.advance(60_000);
    await world.settle();
    await succeedLate(rolloutId, first);
    expect(await desired(first)).toMatchObject({ releaseId: release.id });
    await world.act(rolloutId, 'roll_back');
    await world.settle();
    expect(await desired(first)).toMatchObject({ origin: before.id });
  });

  it('when the release key is offline, it waits for the signature, and goes back once there is one', async () => {
    const { rolloutId, before, release, first } = await halfWay(everybody('roll_back'));
    await clock.advance(60_000);
    await world.settle();
    const signer = world.step.releaseSigner;
    world.step.releaseSigner = async () => null;
    await succeedLate(rolloutId, first);
    expect(await desired(first)).toMatchObject({ releaseId: release.id });
    world.step.releaseSigner = signer;
    await clock.advance(60_000);
    await world.settle();
    expect(await desired(first)).toMatchObject({ origin: before.id });
  });

  it('when a person only aborted the rollout, nothing is known against the release, and the device keeps it', async () => {
    const { rolloutId, release, first } = await halfWay(everybody('pause', 100));
    await world.act(rolloutId, 'abort');
    await clock.advance(60_000);
    await world.settle();
    expect(await world.detail(rolloutId)).toMatchObject({ state: 'aborted' });
    await succeedLate(rolloutId, first);
    expect(await desired(first)).toMatchObject({ releaseId: release.id });
  });

  it('when another rollout has the device by then and fails, the device falls back to what it really runs', async () => {
    const { stage, rolloutId, release, before, first } = await halfWay(everybody('pause', 100));
    const newer = await promote(before, stage);
    expect(await deploymentOf(rolloutId, first)).toMatchObject({ state: 'superseded' });
    await succeedLate(rolloutId, first);
    expect(await desired(first), 'what is under way goes on').toMatchObject({ releaseId: before.id });
    await world.devices.report([first], ['rejected'], { code: 'RELEASE_OUTDATED' });
    await world.settle();
    expect(await deploymentOf(newer, first)).toMatchObject({ state: 'rejected' });
    expect(await desired(first)).toMatchObject({ releaseId: release.id });
  });
});
