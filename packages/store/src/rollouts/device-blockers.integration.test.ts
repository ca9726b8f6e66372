import type { RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { createRolloutWorld, type RolloutWorld, strictWave, wholeSuccess } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDisruptionBudget } from '../disruption-budgets/disruption-budgets.ts';
import { getWaveBlockers } from './blockers.ts';
import { type BlockedDevice, getDeviceBlockers } from './device-blockers.ts';

const policy: RolloutPolicy = {
  waves: [strictWave({ kind: 'count', count: 2 }), strictWave({ kind: 'rest' })],
  order: 'name',
  deploymentDeadlineMs: 3_600_000,
  onBreach: 'pause',
};

describe('why a device does not move', () => {
  const clock = new VirtualClock();
  const context = { actor: { kind: 'person', id: 'p', name: 'Petra', method: 'session' } } as const;
  let world: RolloutWorld;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());

  const ask = (target: BlockedDevice) =>
    getDeviceBlockers(world.store, world.fleet.organization.id, { ...target, now: new Date(clock.now()) });
  const codes = async (deviceId = ''): Promise<string[]> => (await ask({ deviceId })).blockers.map(({ code }) => code);

  it('when a rollout goes through its waves, each device is told what it waits for, the budget with who uses it', async () => {
    const stage = await world.fleet.addStage('plant', { devices: 3, policy });
    const [first = '', second = '', third = ''] = stage.deviceIds;
    expect(await codes(first)).toContain('no_rollout');
    const name = `${stage.id} cells`;
    const budget = { name, maximumUnavailable: { count: 1, unit: 'devices' } } as const;
    await world.store.transaction((tx) => createDisruptionBudget(tx, world.fleet.organization.id, budget, context));
    await world.store.query('INSERT INTO device_presence (device_id, last_seen_at) SELECT id, $1 FROM unnest($2::uuid[]) AS id', [
      new Date(clock.now()),
      stage.deviceIds,
    ]);
    await clock.advance(1);
    const release = await world.fleet.publish();
    const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    const [told, waits, later] = await Promise.all([ask({ deviceId: first }), ask({ deviceId: second }), ask({ deviceId: third })]);
    expect(told).toMatchObject({ state: 'offered', desiredRevision: 1, reconciledRevision: 0 });
    expect(waits.blockers).toMatchObject([{ code: 'budget_exhausted', waveIndex: 0, numbers: { limit: 1, unavailable: 1 } }]);
    expect(waits.blockers[0]?.sentence).toContain(`${name} has no room: 1 device may be unavailable, and 1 is: ${told.deviceName}.`);
    expect(later.blockers[0]).toMatchObject({ code: 'wave_not_started', sentence: 'Wave 2 has not started: wave 1 comes first.' });
    const byDeployment = { rolloutId: rollout.id, deploymentId: waits.deploymentId ?? '' };
    expect(await ask(byDeployment)).toEqual(waits);
    await expect(ask({ ...byDeployment, rolloutId: release.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const ofWave = await getWaveBlockers(world.store, world.fleet.organization.id, {
      rolloutId: rollout.id,
      waveIndex: 1,
      now: new Date(clock.now()),
    });
    expect(ofWave.blockers.map(({ code }) => code)).toEqual(['wave_not_started', 'budget_exhausted']);
    await world.store.query(
      `INSERT INTO device_ahead (device_id, organization_id, noticed_at, device_revision, known_revision, device_epoch, device_counter, reason)
       VALUES ($1, $2, $3, 7, 0, 1, 0, 'revision')`,
      [second, world.fleet.organization.id, new Date(clock.now())],
    );
    await world.devices.report([first], wholeSuccess);
    await world.settle();
    const ahead = await ask({ deviceId: second });
    expect(ahead).toMatchObject({ state: 'queued', blockers: [{ code: 'server_restored', numbers: { deviceRevision: 7 } }] });
    const blockers = (await world.detail(rollout.id)).blockers;
    expect(blockers).toMatchObject([{ code: 'server_restored', numbers: { devices: 1 }, waveIndex: 0 }]);
    await world.store.query('DELETE FROM device_ahead');
    await world.store.query('UPDATE rollout SET next_timer_at = $1', [new Date(clock.now())]);
    await world.settle();
    expect(await ask({ deviceId: second })).toMatchObject({ state: 'offered' });
    await world.act(rollout.id, 'abort');
    await world.settle();
    const { state, decisions } = await world.detail(rollout.id);
    const finish = decisions.find(({ kind }) => kind === 'finish_rollout');
    expect([state, finish?.code]).toEqual(['aborted', 'abort_completed']);
    expect(finish?.sentence).toMatch(/^\w.* aborted it\. The abort is complete: 1 of 3 devices succeeded/);
    expect(await codes(second)).toContain('no_rollout');
  });
});
