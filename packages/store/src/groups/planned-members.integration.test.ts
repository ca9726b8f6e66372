import type { RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { parseSelector } from '@sluice/selector';
import { createRolloutWorld, type RolloutWorld, SEED_CONTEXT, strictWave } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { updateGroup } from './update-group.ts';

const policy: RolloutPolicy = { waves: [strictWave({ kind: 'rest' })], order: 'name', deploymentDeadlineMs: 600_000, onBreach: 'pause' };
const clock = new VirtualClock();
let world: RolloutWorld;
beforeAll(async () => {
  world = await createRolloutWorld({ clock });
});
afterAll(() => world.close());

it('when labels and facts change between the creation of a rollout and its plan, the plan takes the members of that moment, and keeps them', async () => {
  const { store } = world;
  const stage = await world.fleet.addStage('prod', { devices: 5, policy });
  const [joins = '', leaves = '', unhealthy = '', revoked = '', stays = ''] = stage.deviceIds;
  const label = (ids: string[], value: string) =>
    store.query('UPDATE device SET labels = jsonb_build_object($2::text, $3::text) WHERE id = ANY($1::uuid[])', [ids, 'in', value]);
  await label([leaves, unhealthy, revoked, stays], 'yes');
  const parsed = parseSelector('in=yes,@health!=unhealthy');
  if ('problem' in parsed) throw new Error(parsed.problem.message);
  const selector = { text: 'in=yes,@health!=unhealthy', selector: parsed.selector };
  const [group] = await store.query<{ id: string; organizationId: string }>(
    `SELECT g.id, g.organization_id AS "organizationId" FROM stage_group s JOIN device_group g ON g.id = s.group_id WHERE s.stage_id = $1`,
    [stage.id],
  );
  await store.transaction((tx) =>
    updateGroup(tx, group?.organizationId ?? '', { groupId: group?.id ?? '', version: null, selector }, SEED_CONTEXT),
  );
  const release = await world.fleet.publish();
  const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
  expect(rollout.size).toBe(4);

  await label([joins], 'yes');
  await label([leaves], 'no');
  await store.query(`UPDATE device SET approval = 'revoked' WHERE id = $1`, [revoked]);
  await store.query(
    `INSERT INTO device_observed (device_id, organization_id, revision, health, health_since, verdict, reported_at)
     SELECT id, organization_id, 0, 'unhealthy', now(), '{}', now() FROM device WHERE id = $1
     ON CONFLICT (device_id) DO UPDATE SET health = 'unhealthy'`,
    [unhealthy],
  );
  await world.settle();
  const members = async () =>
    (await store.query<{ id: string }>('SELECT device_id AS id FROM deployment WHERE rollout_id = $1', [rollout.id]))
      .map(({ id }) => id)
      .sort();
  expect(await members()).toEqual([joins, stays].sort());
  expect((await world.detail(rollout.id)).size).toBe(2);

  await label([leaves], 'yes');
  await label([stays], 'no');
  await clock.advance(1_000);
  await world.settle();
  expect(await members()).toEqual([joins, stays].sort());
});
