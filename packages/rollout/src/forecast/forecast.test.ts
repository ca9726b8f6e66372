import type { RolloutPolicy } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { type DeviceModel, deriveFleetModel } from './fleet-model.ts';
import { forecast, oddsOf } from './forecast.ts';
import { outlook } from './outlook.ts';
import type { DeviceRecord, ForecastInput, PastDeployment } from './records.ts';

const now = Date.UTC(2026, 10, 22, 12);
const minute = 60_000;
const day = 86_400_000;
/** The engine looks so long after a report. */
const lookMs = 1_000;

function device(index: number, more: Partial<DeviceRecord> = {}): DeviceRecord {
  return {
    ...{ id: `device-${String(index).padStart(5, '0')}`, name: `line-${index}`, wave: 0, zone: 'UTC', waitsByItself: false },
    ...{ lastSeenAt: now - 5_000, watchedSince: now - 3_650 * day, offlineCount: 0, offlineMs: 0, offlineLongestMs: 0 },
    ...{ unhealthy: false, lastUnhealthyAt: null, rooms: [] },
    ...more,
  };
}

const threshold = { successPercent: 90, errorPercent: 10, minimumSample: 1 };
const policy: RolloutPolicy = {
  waves: [{ size: { kind: 'rest' }, threshold, soakMs: 0 }],
  order: 'name',
  deploymentDeadlineMs: 4 * 60 * minute,
  onBreach: 'abort',
};
const succeeded = (deviceId: string): PastDeployment => ({
  deviceId,
  state: 'succeeded',
  answerMs: minute,
  fetchMs: 2 * minute,
  changeMs: minute,
});
/** So many good deployments that nothing has to be assumed. */
const history = (count: number): PastDeployment[] => Array.from({ length: count }, (_, index) => succeeded(`old-${index}`));

function input(more: Partial<ForecastInput> = {}): ForecastInput {
  const devices = more.devices ?? Array.from({ length: 20 }, (_, index) => device(index));
  const base = { seed: 1, now, policy, startAt: null, waveSizes: [devices.length], past: history(5_000), rooms: [], freezes: [] };
  return { ...base, devices, ...more };
}

const told = (more: Partial<ForecastInput> = {}) => {
  const found = forecast(input(more));
  if (found === null) throw new Error('no forecast');
  return found;
};

describe('the model of a fleet', () => {
  const model = (devices: DeviceRecord[], past: PastDeployment[] = history(5_000)) =>
    deriveFleetModel({ devices, past, now, waveSizes: [devices.length] });
  const first = ({ devices }: { devices: readonly DeviceModel[] }): DeviceModel => devices[0] as DeviceModel;

  it('when a device has a history of its own, it is taken by it; failures are between its own and those of the fleet', () => {
    const own = Array.from({ length: 10 }, () => ({ ...succeeded('device-00000'), changeMs: 9 * minute }));
    expect(new Set(first(model([device(0)], [...history(100), ...own])).timings.map(({ changeMs }) => changeMs))).toEqual(
      new Set([9 * minute]),
    );
    const bad = Array.from({ length: 10 }, (): PastDeployment => ({ ...succeeded('device-00000'), state: 'rolled_back' }));
    const mixed = first(model([device(0)], [...history(990), ...bad])).failures.rolled_back;
    expect(mixed).toBeGreaterThan(0.5);
    expect(first(model([device(1)], [...history(990), ...bad])).failures.rolled_back).toBeCloseTo(0.01, 2);
  });

  it('when nothing is recorded, it says what it assumes; when enough is, it assumes nothing', () => {
    expect(model([device(0)], []).assumptions.join(' ')).toMatch(/two minutes.*1 % of attempts.*away for an hour/);
    expect(model([device(0, { offlineCount: 3, offlineMs: 3_000_000, offlineLongestMs: 2_000_000 })]).assumptions).toEqual([]);
  });

  it('when a device sent nothing for longer than agents are silent, it is silent; one never seen is for ever', () => {
    const { basis, devices } = model([device(0), device(1, { lastSeenAt: now - day }), device(2, { lastSeenAt: null })]);
    expect(devices.map(({ silentMs }) => silentMs)).toEqual([null, day, Number.POSITIVE_INFINITY]);
    expect(basis).toMatchObject({ silentNow: 1, neverSeen: 1 });
  });

  it('when devices stand for others, their weights add up to the exact size of each wave', () => {
    const devices = [device(0), device(1), device(2), device(3, { wave: 1 }), device(4, { wave: 1 })];
    const weighted = deriveFleetModel({ devices, past: [], now, waveSizes: [1_000, 7] }).devices;
    const sum = (wave: number) => weighted.filter((each) => each.wave === wave).reduce((total, { weight }) => total + weight, 0);
    expect([sum(0), sum(1)]).toEqual([1_000, 7]);
  });
});

describe('a forecast', () => {
  it('when it is made again with the same seed, it is the same; with another, it is another draw of the same fleet', () => {
    const some = { past: [...history(900), ...history(100).map((each): PastDeployment => ({ ...each, state: 'rolled_back' }))] };
    expect(told(some)).toEqual(told(some));
    expect(told({ ...some, seed: 2 })).not.toEqual(told(some));
  });

  it('when everything is there and works, it takes the time of one device and needs no luck', () => {
    const { durationMs, completedPercent, atRisk, waves } = told({
      policy: { ...policy, waves: [{ size: { kind: 'rest' }, threshold, soakMs: 10 * minute }] },
    });
    expect(completedPercent).toBeGreaterThan(95);
    expect(durationMs?.p50).toBeGreaterThanOrEqual(14 * minute);
    expect(durationMs?.p50).toBeLessThan(15 * minute);
    expect(waves[0]?.startsAfterMs).toEqual({ p10: 0, p50: 0, p90: 0 });
    expect(atRisk.count).toBe(0);
    const metrics = [{ name: 'lag', signal: 'event_loop_lag_ms' as const, aggregate: 'p95' as const, minimumSample: 1 }];
    const analyzed = {
      size: { kind: 'rest' as const },
      threshold,
      soakMs: 10 * minute,
      analysis: { intervalMs: minute, count: 5, metrics },
    };
    const longer = told({ policy: { ...policy, waves: [analyzed] } });
    expect((longer.durationMs?.p50 ?? 0) - (durationMs?.p50 ?? 0)).toBe(5 * minute);
    expect(longer.assumptions.join(' ')).toContain('Analyses are taken to pass');
  });

  it('when the rate is low, the duration follows from it', () => {
    const { durationMs } = told({ policy: { ...policy, rate: { kind: 'constant', perMinute: 2 } } });
    // Twenty devices, two a minute: the last ones are offered the release in the tenth minute.
    expect(durationMs?.p50).toBeGreaterThanOrEqual(13 * minute);
    expect(durationMs?.p50).toBeLessThan(14 * minute);
  });

  it('when a budget allows one at a time, they go one after the other', () => {
    const devices = Array.from({ length: 5 }, (_, index) => device(index, { rooms: [0] }));
    const { durationMs } = told({ devices, rooms: [{ name: 'One', limit: 1, taken: 0 }] });
    expect(durationMs?.p50).toBeGreaterThanOrEqual(20 * minute);
  });

  it('when a device was never seen, it is named, missed for certain, and breaks a gate that allows no failure', () => {
    const devices = [...Array.from({ length: 9 }, (_, index) => device(index)), device(9, { lastSeenAt: null })];
    const { atRisk, timedOut, falseAlarm, durationMs } = told({ devices });
    expect(atRisk.devices).toMatchObject([{ name: 'line-9', reason: 'never_seen', missPercent: 100, lastSeenAt: null }]);
    expect(timedOut.p50).toBe(1);
    expect(falseAlarm.percent).toBeLessThan(20);
    expect(durationMs?.p50).toBe(4 * 60 * minute);
    const strict = told({
      devices,
      policy: { ...policy, waves: [{ size: { kind: 'rest' }, threshold: { ...threshold, errorPercent: 0 }, soakMs: 0 }] },
    });
    expect(strict).toMatchObject({
      falseAlarm: { percent: 100 },
      durationMs: null,
      waves: [{ falseAlarmPercent: 100, mostly: 'timed_out' }],
    });
  });

  it('when the policy leaves out who is away, it neither waits for them nor counts them', () => {
    const devices = [...Array.from({ length: 9 }, (_, index) => device(index)), device(9, { lastSeenAt: now - 2 * day })];
    const offline = { afterMs: day, action: 'exclude' as const };
    const { durationMs, timedOut } = told({ devices, policy: { ...policy, offline } });
    expect([durationMs?.p50, timedOut.p90]).toEqual([4 * minute + lookMs, 0]);
  });

  it('when the policy puts who is away into the late wave, the others do not wait, and the late wave leaves it out in the end', () => {
    const devices = [...Array.from({ length: 9 }, (_, index) => device(index)), device(9, { lastSeenAt: null })];
    const offline = { afterMs: day, action: 'late_wave' as const };
    const { waves, timedOut, durationMs, falseAlarm } = told({ devices, waveSizes: [10, 0], policy: { ...policy, offline } });
    expect(waves[0]?.passesAfterMs?.p50).toBe(4 * minute + lookMs);
    expect([timedOut.p90, falseAlarm.percent < 5]).toEqual([0, true]);
    expect(durationMs?.p50).toBe(4 * 60 * minute + 4 * minute + lookMs);
  });

  it('when devices are unhealthy already, the false alarms come from them', () => {
    const devices = Array.from({ length: 10 }, (_, index) => device(index, { unhealthy: index < 3 }));
    expect(told({ devices })).toMatchObject({ falseAlarm: { percent: 100, high: 100 }, waves: [{ mostly: 'unhealthy' }] });
  });

  it('when the window opens tonight and a freeze lasts until tomorrow, it begins tomorrow night', () => {
    const window = { recurrence: 'FREQ=DAILY', startTime: '22:00', durationMinutes: 60, timeZone: 'device' };
    const freezes = [{ name: 'Stocktaking', from: now - day, to: now + 12 * 60 * minute }];
    const found = outlook(input({ policy: { ...policy, window, deploymentDeadlineMs: 7 * day }, freezes }));
    expect(found.blockers.map(({ code }) => code)).toEqual(['frozen']);
    expect(outlook(input({ hold: { reason: 'Broken recipe.', by: 'Petra' } })).blockers[0]?.sentence).toContain('Broken recipe.');
    expect(found.windows).toMatchObject([{ timeZone: 'UTC', devices: 20, openNow: false }]);
    expect(found.forecast?.durationMs?.p50).toBe((34 * 60 + 4) * minute + lookMs);
  });

  it('when devices stand for many others, the answer is that of all of them, but for the noise, and says so', () => {
    const past = [...history(950), ...history(50).map((each): PastDeployment => ({ ...each, state: 'failed' }))];
    const all = told({ past, devices: Array.from({ length: 1_000 }, (_, index) => device(index)) });
    const some = told({ past, devices: Array.from({ length: 250 }, (_, index) => device(index)), waveSizes: [1_000] });
    expect(some).toMatchObject({
      devices: 1_000,
      simulatedDevices: 250,
      completedPercent: all.completedPercent,
      durationMs: all.durationMs,
    });
    // Five percent of a thousand.
    expect(Math.abs(all.failed.p50 - 50)).toBeLessThan(10);
    expect(Math.abs(some.failed.p50 - 50)).toBeLessThan(10);
    expect(some.assumptions.join(' ')).toContain('250 of 1000 devices are simulated');
  });

  it('when no device needs the release, there is nothing to forecast', () => {
    expect(forecast(input({ devices: [], waveSizes: [0] }))).toBeNull();
  });
});

it('when odds are told, the interval never leaves what is possible and holds what was seen', () => {
  expect(oddsOf(0, 200)).toEqual({ percent: 0, low: 0, high: 1.9 });
  expect(oddsOf(200, 200)).toEqual({ percent: 100, low: 98.1, high: 100 });
  const { low, percent, high } = oddsOf(9, 200);
  expect([low < percent, percent < high]).toEqual([true, true]);
});
