import type { RolloutPolicy } from '@sluice/contracts';
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
import { removeDevicesFromRollouts, stepRollout } from '../index.ts';

const allAtOnce: RolloutPolicy = {
  waves: [strictWave({ kind: 'rest' })],
  order: 'name',
  deploymentDeadlineMs: 600_000,
  onBreach: 'roll_back',
};

describe('two rollouts over the same devices', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let stage: FleetStage;
  let stages = 0;

  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  beforeEach(async () => {
    stages += 1;
    stage = await world.fleet.addStage(`stage-${stages}`, { devices: 3, policy: allAtOnce });
    await promote(allAtOnce);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  const schedule = async (policy: RolloutPolicy) => {
    await clock.advance(1);
    const release = await world.fleet.publish();
    const { id } = await world.promote({ releaseId: release.id, stageId: stage.id, policy });
    return { id, releaseId: release.id };
  };
  const promote = async (policy: RolloutPolicy) => {
    const made = await schedule(policy);
    await world.settle();
    return made;
  };
  const fromReleases = (rolloutId: string) =>
    world.store.query<{ from: string }>('SELECT DISTINCT from_release_id AS "from" FROM deployment WHERE rollout_id = $1', [rolloutId]);
  const desiredNow = () =>
    world.store.query<{ releaseId: string }>(
      'SELECT DISTINCT release_id AS "releaseId" FROM device_desired WHERE device_id = ANY($1::uuid[])',
      [stage.deviceIds],
    );

  it('when a newer rollout takes all devices, the older one ends as superseded and never as a success', async () => {
    const [base] = await desiredNow();
    const older = await promote(allAtOnce);
    await world.devices.report(stage.deviceIds, ['accepted', 'downloading', 'staged', 'applying']);
    const newer = await promote(allAtOnce);
    expect(await world.detail(older.id)).toMatchObject({
      state: 'superseded',
      counts: { superseded: 3 },
      reason: 'Newer rollouts took over all devices that were left.',
      waves: [{ state: 'aborted' }],
    });
    expect(await world.detail(newer.id)).toMatchObject({ state: 'running', counts: { offered: 3 } });
    // What a device goes back to is what ran well before, not what was half installed.
    expect(await fromReleases(newer.id)).toEqual([{ from: base?.releaseId }]);
    const late = await world.devices.redeliver();
    expect(late.refused).toMatchObject(
      [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}].map(() => ({ code: 'deployment_closed', state: 'superseded' })),
    );
    expect(await desiredNow()).toEqual([{ releaseId: newer.releaseId }]);
  });

  it('when a newer rollout takes one device only, the older one goes on with the others', async () => {
    const older = await promote({ ...allAtOnce, onBreach: 'pause' });
    const newer = await promote(canaryPolicy());
    expect(await world.detail(older.id)).toMatchObject({ counts: { superseded: 1, offered: 2 } });
    expect(await world.detail(newer.id)).toMatchObject({ counts: { offered: 1, scheduled: 2 } });
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect((await world.detail(older.id)).counts).toEqual({ superseded: 3 - 2, succeeded: 2 });
    expect(await world.detail(newer.id)).toMatchObject({ waves: [{ state: 'succeeded' }, { state: 'running', counts: { offered: 2 } }] });
  });

  it('when the older rollout is stepped only after the newer one took the devices, it leaves them alone', async () => {
    const older = await schedule(allAtOnce);
    const newer = await schedule(allAtOnce);
    await stepRollout(world.store, newer.id, world.step);
    await world.settle();
    expect(await world.detail(older.id)).toMatchObject({ state: 'superseded', counts: { superseded: 3 } });
    expect(await world.detail(newer.id)).toMatchObject({ counts: { offered: 3 } });
    expect(await desiredNow()).toEqual([{ releaseId: newer.releaseId }]);
  });

  it('when an older rollout goes back while a newer one waits for its devices, the newer one still gets all of them', async () => {
    const older = await promote({ ...allAtOnce, waves: [strictWave({ kind: 'count', count: 2 }), strictWave({ kind: 'rest' })] });
    await world.devices.report(stage.deviceIds.slice(1, 2), wholeSuccess);
    // Its canary takes the first device, which the older rollout then misses: that one fails and sends the second device back.
    const newer = await promote(canaryPolicy({ soakMs: 60_000 }));
    expect(await world.detail(older.id)).toMatchObject({ state: 'failed', counts: { superseded: 1, succeeded: 1, canceled: 1 } });
    const rollbacks = await world.store.query<{ id: string }>('SELECT id FROM rollout WHERE rollback_of = $1', [older.id]);
    expect(rollbacks).toHaveLength(1);
    expect(await world.detail(newer.id)).toMatchObject({ counts: { offered: 1, scheduled: 2 } });
    await world.devices.report(stage.deviceIds.slice(0, 1), wholeSuccess);
    await world.settle();
    await clock.advance(60_000);
    await world.settle();
    expect(await world.detail(rollbacks[0]?.id ?? '')).toMatchObject({ state: 'superseded' });
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(await world.detail(newer.id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 3 } });
    expect(await desiredNow()).toEqual([{ releaseId: newer.releaseId }]);
  });

  it('when devices are removed from the fleet, they leave their rollouts, which go on without them', async () => {
    const rollout = await promote(allAtOnce);
    const touched = await world.store.transaction((tx) =>
      removeDevicesFromRollouts(tx, world.fleet.organization.id, stage.deviceIds.slice(0, 1), {
        actor: { kind: 'person', id: 'p', name: 'Petra', method: 'session' },
        reason: 'stolen',
      }),
    );
    expect(touched).toEqual([rollout.id]);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(await world.detail(rollout.id)).toMatchObject({ state: 'succeeded', counts: { removed: 1, succeeded: 2 } });
  });
});
