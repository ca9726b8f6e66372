import type { Release, RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import {
  brokenRolloutInvariants,
  canaryPolicy,
  createRolloutWorld,
  type FleetStage,
  type RolloutWorld,
  SEED_CONTEXT,
  strictWave,
  wholeRollback,
  wholeSuccess,
} from '@sluice/testkit';
import { payloadDigest, verifyEnvelope } from '@sluice/trust';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFreeze } from './freezes.ts';

const twoThenRest: RolloutPolicy = {
  waves: [strictWave({ kind: 'count', count: 2 }), strictWave({ kind: 'rest' })],
  order: 'name',
  deploymentDeadlineMs: 60_000,
  onBreach: 'roll_back',
};

describe('going back', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let stages = 0;

  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  const promote = async (release: Release, stage: FleetStage) => {
    await clock.advance(1);
    const { id } = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    return id;
  };
  const promoteEverywhere = async (release: Release, stage: FleetStage) => {
    const id = await promote(release, stage);
    for (const _wave of [1, 2]) {
      await world.devices.report(stage.deviceIds, wholeSuccess);
      await world.settle();
    }
    expect(await world.detail(id)).toMatchObject({ state: 'succeeded' });
  };
  const addStage = (policy: RolloutPolicy) => {
    stages += 1;
    return world.fleet.addStage(`stage-${stages}`, { devices: 4, policy });
  };
  const rollbacksOf = (rolloutId: string) =>
    world.store.query<{ id: string; releaseId: string; size: number }>(
      'SELECT id, release_id AS "releaseId", size FROM rollout WHERE rollback_of = $1 ORDER BY release_id',
      [rolloutId],
    );
  const runningReleases = async (stage: FleetStage) => {
    const rows = await world.store.query<{ deviceId: string; releaseId: string }>(
      'SELECT device_id AS "deviceId", release_id AS "releaseId" FROM device_desired WHERE device_id = ANY($1::uuid[])',
      [stage.deviceIds],
    );
    return stage.deviceIds.map((id) => rows.find((row) => row.deviceId === id)?.releaseId);
  };

  it('when a later wave breaches, the devices that changed go back to a release with the old files and a higher counter', async () => {
    const stage = await addStage(twoThenRest);
    const [good, bad] = [await world.fleet.publish(), await world.fleet.publish()];
    await promoteEverywhere(good, stage);
    const rolloutId = await promote(bad, stage);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    await world.devices.report(stage.deviceIds.slice(2, 3), wholeRollback);
    await world.settle();

    expect(await world.detail(rolloutId)).toMatchObject({ state: 'failed', counts: { succeeded: 2, rolled_back: 1, canceled: 1 } });
    const [rollback] = await rollbacksOf(rolloutId);
    const again = await world.detail(rollback?.id ?? '');
    expect(again).toMatchObject({ kind: 'rollback', state: 'running', size: 2, counts: { offered: 2 }, release: { name: good.name } });
    expect(again.release.counter).toBeGreaterThan(bad.counter);
    expect(await runningReleases(stage)).toEqual([again.release.id, again.release.id, good.id, good.id]);

    const [row] = await world.store.query<{ envelope: unknown; republishedFrom: string; digest: string }>(
      'SELECT envelope, republished_from AS "republishedFrom", digest FROM release WHERE id = $1',
      [again.release.id],
    );
    expect(row?.republishedFrom).toBe(good.id);
    const { keyId, publicKey } = world.fleet.organization.keys.release;
    const payload = verifyEnvelope(row?.envelope, {
      keys: new Map([[keyId, publicKey]]),
      threshold: 1,
      payloadType: 'application/vnd.sluice.release.v1+json',
    });
    const [original] = await world.store.query<{ manifest: object }>('SELECT manifest FROM release WHERE id = $1', [good.id]);
    const manifest: object = JSON.parse(new TextDecoder().decode(payload));
    expect(manifest).toEqual({ ...original?.manifest, releaseCounter: again.release.counter, createdAt: expect.any(String) });
    expect(payloadDigest(row?.envelope as never)).toBe(again.release.digest);

    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(await world.detail(again.id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 2 } });
  });

  it('when devices came from different releases, each goes back to its own', async () => {
    const stage = await addStage({ ...twoThenRest, waves: [strictWave({ kind: 'count', count: 3 }), strictWave({ kind: 'rest' })] });
    const [first, second, bad] = [await world.fleet.publish(), await world.fleet.publish(), await world.fleet.publish()];
    await promoteEverywhere(first, stage);
    // The second release stops after its canary: a part of the fleet stays on the first one.
    const partial = await world.fleet.addStageOver(`partial-${stages}`, { stage, policy: canaryPolicy({ onBreach: 'abort' }) });
    const partialId = await promote(second, partial);
    await world.devices.report(stage.deviceIds.slice(0, 1), wholeSuccess);
    await world.act(partialId, 'abort');
    await world.settle();
    await world.store.query('UPDATE rollout_hold SET lifted_at = now() WHERE rollout_id = $1', [partialId]);
    const rolloutId = await promote(bad, stage);
    await world.devices.report(stage.deviceIds.slice(0, 2), wholeSuccess);
    await world.devices.report(stage.deviceIds.slice(2, 3), wholeRollback);
    await world.settle();
    const rollbacks = await rollbacksOf(rolloutId);
    expect(rollbacks.map((row) => row.size)).toEqual([1, 1]);
    const origins = await world.store.query<{ deviceId: string; origin: string; stageId: string }>(
      `SELECT x.device_id AS "deviceId", l.republished_from AS origin, x.stage_id AS "stageId"
         FROM device_desired x JOIN release l ON l.id = x.release_id WHERE x.device_id = ANY($1::uuid[]) AND l.republished_from IS NOT NULL`,
      [stage.deviceIds],
    );
    expect(origins).toHaveLength(2);
    expect(origins).toContainEqual({ deviceId: stage.deviceIds[0], origin: second.id, stageId: partial.id });
    expect(origins).toContainEqual({ deviceId: stage.deviceIds[1], origin: first.id, stageId: stage.id });
  });

  it('when a person asks for it, devices that succeeded go back and the rollout ends as aborted', async () => {
    const stage = await addStage(canaryPolicy({ soakMs: 60_000 }));
    const [good, regretted] = [await world.fleet.publish(), await world.fleet.publish()];
    await world.promote({ releaseId: good.id, stageId: stage.id, policy: { ...twoThenRest, waves: [strictWave({ kind: 'rest' })] } });
    await world.settle();
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    const rolloutId = await promote(regretted, stage);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    await world.act(rolloutId, 'roll_back');
    await world.settle();
    expect(await world.detail(rolloutId)).toMatchObject({
      state: 'aborted',
      reason: 'please roll_back',
      counts: { succeeded: 1, canceled: 3 },
    });
    const [rollback, ...more] = await rollbacksOf(rolloutId);
    expect(more).toEqual([]);
    expect(await world.detail(rollback?.id ?? '')).toMatchObject({ size: 1, counts: { offered: 1 } });
  });

  it('when many go back, it is a staged rollout: the unhealthy first, freezes and holds apart, and a pause when going back fails, too', async () => {
    const policy: RolloutPolicy = {
      ...twoThenRest,
      waves: [strictWave({ kind: 'rest' }, 60_000)],
      rollback: { waves: [{ kind: 'count', count: 2 }, { kind: 'rest' }], errorPercent: 40 },
    };
    const stage = await world.fleet.addStage('staged-back', { devices: 4, policy });
    await promote(await world.fleet.publish(), stage);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await clock.advance(60_000);
    await world.settle();
    const bad = await world.fleet.publish();
    const rolloutId = await promote(bad, stage);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.devices.health(stage.deviceIds.slice(3), 'unhealthy');
    await world.store.transaction((tx) =>
      createFreeze(tx, world.fleet.organization.id, { name: 'Year end', stageId: stage.id }, SEED_CONTEXT),
    );
    await world.settle();
    const [rollback] = await rollbacksOf(rolloutId);
    const [unhealthy = '', first = '', ...others] = [3, 0, 1, 2].map((place) => stage.deviceIds[place] ?? '');
    const offered = await world.store.query<{ id: string }>(
      `SELECT device_id AS id FROM deployment WHERE rollout_id = $1 AND state = 'offered' ORDER BY deployment.id`,
      [rollback?.id],
    );
    expect(offered.map(({ id }) => id)).toEqual([unhealthy, first]);
    expect(await world.detail(rollback?.id ?? '')).toMatchObject({ state: 'running', waves: [{ size: 2 }, { size: 2, state: 'pending' }] });
    await world.devices.report([unhealthy], wholeRollback);
    await world.settle();
    const paused = await world.detail(rollback?.id ?? '');
    expect(paused).toMatchObject({ state: 'paused', counts: { rolled_back: 1, offered: 1, scheduled: 2 } });
    expect(paused.blockers).toMatchObject([{ code: 'paused_by_breach' }]);
    await world.act(rollback?.id ?? '', 'resume');
    await world.devices.report([first], wholeSuccess);
    await world.settle();
    await world.devices.report(others, wholeSuccess);
    await world.settle();
    expect(await world.detail(rollback?.id ?? '')).toMatchObject({ state: 'completed_with_failures', counts: { succeeded: 3 } });
    expect(await rollbacksOf(rollback?.id ?? ''), 'a rollback is never rolled back by itself').toEqual([]);
  });

  it('when the first release of a device fails later on, there is nothing to go back to and no rollback is made', async () => {
    const stage = await addStage(twoThenRest);
    const rolloutId = await promote(await world.fleet.publish(), stage);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    await world.devices.report(stage.deviceIds, wholeRollback);
    await world.settle();
    expect(await world.detail(rolloutId)).toMatchObject({ state: 'failed', counts: { succeeded: 2, rolled_back: 2 } });
    expect(await rollbacksOf(rolloutId)).toEqual([]);
  });

  it('when the release key is offline, a blocker says so, everything else still stops, and it goes on when the release was signed by hand', async () => {
    const stage = await addStage(twoThenRest);
    const good = await world.fleet.publish();
    await promoteEverywhere(good, stage);
    const rolloutId = await promote(await world.fleet.publish(), stage);
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    const signer = world.step.releaseSigner;
    world.step.releaseSigner = async () => null;
    await world.store.pool.query(`UPDATE signing_key SET role = 'audit' WHERE role = 'release' AND organization_id = $1`, [
      world.fleet.organization.id,
    ]);
    await world.act(rolloutId, 'roll_back');
    await world.settle();
    expect(await world.detail(rolloutId)).toMatchObject({
      state: 'aborting',
      counts: { succeeded: 2, canceled: 2 },
      blockers: [{ code: 'release_key_offline' }],
    });
    expect(await rollbacksOf(rolloutId)).toEqual([]);

    const byHand = await world.fleet.publish();
    await world.store.pool.query('UPDATE release SET republished_from = $2 WHERE id = $1', [byHand.id, good.id]);
    await clock.advance(60_000);
    await world.settle();
    expect(await world.detail(rolloutId)).toMatchObject({ state: 'aborted' });
    expect(await rollbacksOf(rolloutId)).toMatchObject([{ releaseId: byHand.id, size: 2 }]);
    world.step.releaseSigner = signer;
    await world.store.pool.query(`UPDATE signing_key SET role = 'release' WHERE role = 'audit'`);
  });
});
