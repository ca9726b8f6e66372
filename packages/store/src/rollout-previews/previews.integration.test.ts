import { VirtualClock } from '@sluice/platform/testing';
import { forecast, forecastDevicesMax } from '@sluice/rollout/forecast';
import { createRolloutWorld, type FleetStage, type RolloutWorld, strictWave } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordPresence } from '../device-protocol/presence.ts';
import { readRolloutPreview } from './read-preview.ts';
import { getForecastReview } from './review.ts';

const policy = {
  waves: [strictWave({ kind: 'rest' })],
  order: 'name' as const,
  deploymentDeadlineMs: 3_600_000,
  onBreach: 'pause' as const,
};
const second = 1_000;
const planSeed = '01a2036d-4668-7215-b819-21320b47a3e7';

describe('what is recorded of a fleet', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let stage: FleetStage;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
    stage = await world.fleet.addStage('prod', { devices: 25, policy });
  });
  afterAll(() => world.close());

  const everybodyIsThere = () => recordPresence(world.store, new Map(stage.deviceIds.map((id) => [id, clock.now()])));
  const read = (releaseId: string, devicesSimulatedMax = forecastDevicesMax) =>
    readRolloutPreview(world.store, world.fleet.organization.id, {
      rollout: { releaseId, stageId: stage.id },
      planSeed,
      now: new Date(clock.now()),
      devicesNamedMax: 2,
      devicesSimulatedMax,
    });
  /** An update in which each part takes its own time. */
  const runThrough = async (rolloutId: string): Promise<void> => {
    await world.settle();
    await clock.advance(20 * second);
    await world.devices.report(stage.deviceIds, ['accepted', 'downloading']);
    await clock.advance(60 * second);
    await world.devices.report(stage.deviceIds, ['staged']);
    // Waiting for a window is no part of what the device needs.
    await everybodyIsThere();
    await clock.advance(500 * second);
    await world.devices.report(stage.deviceIds, ['applying']);
    await clock.advance(30 * second);
    await world.devices.report(stage.deviceIds, ['verifying', 'succeeded']);
    await world.settle();
    expect((await world.detail(rolloutId)).state).toBe('succeeded');
  };

  it('when a rollout went well, the next one is expected to take what its parts took, and is compared with what it does', async () => {
    await everybodyIsThere();
    const first = await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id });
    await runThrough(first.id);
    await everybodyIsThere();
    const release = await world.fleet.publish();
    const preview = await read(release.id);
    expect(preview?.forecast.past).toHaveLength(25);
    expect(preview?.forecast.past[0]).toMatchObject({ answerMs: 20 * second, fetchMs: 60 * second, changeMs: 30 * second });
    expect(preview?.waves).toMatchObject([{ size: 25, devices: [{ id: stage.deviceIds[0] }, { id: stage.deviceIds[1] }] }]);
    // Of a larger fleet so many stand for all, and are still devices of the plan.
    const sample = await read(release.id, 10);
    expect(sample?.forecast).toMatchObject({ waveSizes: [25], devices: preview?.forecast.devices.filter((_, place) => place % 3 === 0) });
    const expected = preview === null ? null : forecast(preview.forecast);
    expect(expected?.durationMs?.p50).toBe(111 * second);
    const rollout = await world.promote({
      ...{ releaseId: release.id, stageId: stage.id, planSeed },
      ...(expected === null ? {} : { forecast: expected }),
    });
    await runThrough(rollout.id);
    const { outcome } = await getForecastReview(world.store, world.fleet.organization.id, rollout.id);
    expect(outcome).toMatchObject({
      ...{ completed: true, pausedMs: 0, failed: { actual: 0 }, timedOut: { actual: 0, within: true }, late: { actual: 0, within: true } },
      durationMs: { actual: 610 * second, within: false },
    });
  });

  it('when nothing was heard of a device for more than ten minutes, the silence is counted once it ends', async () => {
    const [deviceId = ''] = stage.deviceIds;
    const seenAgainAfter = async (milliseconds: number) => {
      await clock.advance(milliseconds);
      await recordPresence(world.store, new Map([[deviceId, clock.now()]]));
    };
    await everybodyIsThere();
    const [before] = await silences();
    await seenAgainAfter(9 * 60_000);
    await seenAgainAfter(60 * 60_000);
    await seenAgainAfter(30 * 60_000);
    expect((await silences())[0]).toEqual({
      ...before,
      count: (before?.count ?? 0) + 2,
      total: (before?.total ?? 0) + 90 * 60_000,
      longest: 60 * 60_000,
    });

    async function silences(): Promise<{ count: number; total: number; longest: number }[]> {
      return world.store.query(
        `SELECT offline_count AS count, offline_ms::float8 AS total, offline_longest_ms::float8 AS longest FROM device_presence WHERE device_id = $1`,
        [deviceId],
      );
    }
  });
});
