import type { Release, RolloutPolicy } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { createRolloutWorld, type FleetStage, type RolloutWorld, SEED_CONTEXT, strictWave, wholeSuccess } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { liftHold, listHolds } from '../rollouts/holds.ts';
import { rollBackStage } from '../rollouts/stage-roll-back.ts';
import { createPromotion } from './create-promotion.ts';
import { lookAtPromotions } from './look.ts';
import { getPromotionDetail } from './read-promotion.ts';

const atOnce: RolloutPolicy = {
  waves: [strictWave({ kind: 'rest' })],
  order: 'name',
  deploymentDeadlineMs: 600_000,
  onBreach: 'pause',
};

const clock = new VirtualClock();
let world: RolloutWorld;
beforeAll(async () => {
  world = await createRolloutWorld({ clock });
});
afterAll(() => world.close());

const organizationId = (): string => world.fleet.organization.id;
const signer = () => world.step.releaseSigner ?? (async () => null);
const now = (): Date => new Date(clock.now());
const detail = (promotionId: string) => getPromotionDetail(world.store, organizationId(), { promotionId, now: now() });

async function promote({ id }: Release, stage: FleetStage): Promise<string> {
  await clock.advance(1);
  const request = { releaseId: id, stageId: stage.id };
  return (await world.store.transaction((tx) => createPromotion(tx, organizationId(), request, SEED_CONTEXT))).promotionId;
}

/** Everybody who was told something does it, until nobody is. */
async function finish(stage: FleetStage): Promise<void> {
  for (const _wave of [1, 2]) {
    await world.settle();
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
  }
  await clock.advance(1);
}

/** A stage that was taken back from its second release to its first; nothing is held any more. */
async function rolledBack(name: string): Promise<{ stage: FleetStage; first: Release; second: Release }> {
  const stage = await world.fleet.addStage(name, { devices: 2, policy: atOnce });
  const [first, second] = [await world.fleet.publish(), await world.fleet.publish()];
  for (const release of [first, second]) {
    await promote(release, stage);
    await finish(stage);
  }
  const input = { stageId: stage.id, reason: 'The scale drifts.', devicesMax: 10 };
  await world.store.transaction((tx) => rollBackStage(tx, organizationId(), { input, releaseSigner: signer() }, SEED_CONTEXT));
  await finish(stage);
  const { items } = await listHolds(world.store, organizationId(), { active: true, stageId: stage.id });
  for (const { id } of items) {
    await world.store.transaction((tx) => liftHold(tx, organizationId(), { holdId: id, reason: 'It was the scale.' }, SEED_CONTEXT));
  }
  return { stage, first, second };
}

it('when a stage was rolled back and the release is wanted there after all, it goes there under a counter that devices accept', async () => {
  const { stage, first, second } = await rolledBack('prod');
  await expect(promote(first, stage)).rejects.toThrow(/runs .* already/);
  const promotionId = await promote(second, stage);
  // Only the worker opens the key: until it looks, the promotion waits with nothing in its way.
  expect(await detail(promotionId)).toMatchObject({ state: 'waiting', blockers: [] });
  const { rolloutIds } = await lookAtPromotions(world.store, { now: now(), releaseSigner: signer() });
  const started = await detail(promotionId);
  expect(started).toMatchObject({ state: 'started', releaseId: second.id, rolloutId: rolloutIds[0] });
  await finish(stage);
  expect(await world.detail(started.rolloutId ?? '')).toMatchObject({ state: 'succeeded', release: { name: second.name } });
  const rows = await world.store.query<{ root: string; counter: number }>(
    `SELECT l.republished_from AS root, l.counter FROM device_desired x JOIN release l ON l.id = x.release_id WHERE x.device_id = ANY($1::uuid[])`,
    [stage.deviceIds],
  );
  // One above what they went back under.
  expect(rows).toEqual(stage.deviceIds.map(() => ({ root: second.id, counter: second.counter + 2 })));
  await expect(promote(second, stage)).rejects.toThrow(/runs .* already/);
});

it('when the key is kept offline, the promotion ends and says what to do', async () => {
  const { stage, second } = await rolledBack('offline');
  const promotionId = await promote(second, stage);
  await lookAtPromotions(world.store, { now: now(), releaseSigner: async () => null });
  expect(await detail(promotionId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('publish a new release') });
});
