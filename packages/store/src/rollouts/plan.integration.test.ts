import type { RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { orderDevices, planWaves, waveByLabels } from '@sluice/rollout';
import { brokenRolloutInvariants, createRolloutWorld, type RolloutWorld, strictWave } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const percents: RolloutPolicy = {
  waves: [strictWave({ kind: 'count', count: 4 }), strictWave({ kind: 'percent', percent: 40 }), strictWave({ kind: 'rest' })],
  order: 'random',
  deploymentDeadlineMs: 600_000,
  onBreach: 'pause',
};
const canaries = strictWave({ kind: 'labels', matchLabels: { canary: 'yes' } });
const policies: Record<string, RolloutPolicy> = {
  'spread by site': { ...percents, spreadBy: 'site' },
  'spread by site, in order of names': { ...percents, order: 'name', spreadBy: 'site' },
  'by labels first': { ...percents, waves: [canaries, ...percents.waves] },
  'by labels in the middle, spread': {
    ...percents,
    spreadBy: 'site',
    waves: [strictWave({ kind: 'count', count: 3 }), canaries, ...percents.waves.slice(1)],
  },
};

describe('who is in which wave', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());

  it.each(Object.entries(policies))(
    'when waves are planned %s, Postgres places every device as the pure plan does',
    async (name, policy) => {
      const stage = await world.fleet.addStage(name, { devices: 37, policy });
      await world.store.query(
        `UPDATE device SET labels = jsonb_strip_nulls(jsonb_build_object(
         'site', CASE WHEN get_byte(sha256(name::bytea), 0) % 9 < 6 THEN 'ulm' WHEN get_byte(sha256(name::bytea), 0) % 9 < 8 THEN 'graz' END,
         'canary', CASE WHEN get_byte(sha256(name::bytea), 1) % 6 = 0 THEN 'yes' END)) WHERE id = ANY($1::uuid[])`,
        [stage.deviceIds],
      );
      await clock.advance(1);
      const release = await world.fleet.publish();
      const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
      await world.settle();
      const placed = await world.store.query<{ id: string; name: string; labels: Record<string, string>; wave: number }>(
        `SELECT v.id, v.name, v.labels, d.wave_index AS wave FROM deployment d JOIN device v ON v.id = d.device_id WHERE d.rollout_id = $1`,
        [rollout.id],
      );
      const byLabels = placed.map((device) => ({ device, wave: waveByLabels(policy, device) }));
      const expected = new Map(byLabels.flatMap(({ device, wave }) => (wave === null ? [] : [[device.id, wave] as const])));
      const shared = orderDevices(
        byLabels.flatMap(({ device, wave }) => (wave === null ? [device] : [])),
        policy.order,
        rollout.id,
        policy.spreadBy,
      );
      const sizes = new Map<number, number>();
      for (const wave of expected.values()) sizes.set(wave, (sizes.get(wave) ?? 0) + 1);
      for (const { index, first, size } of planWaves(policy, placed.length, sizes)) {
        if (policy.waves[index]?.size.kind === 'labels') continue;
        for (const device of shared.slice(first, first + size)) expected.set(device.id, index);
      }
      expect(new Map(placed.map(({ id, wave }) => [id, wave]))).toEqual(expected);
      expect(placed).toHaveLength(37);
      expect(await brokenRolloutInvariants(world.store)).toEqual([]);
    },
  );
});
