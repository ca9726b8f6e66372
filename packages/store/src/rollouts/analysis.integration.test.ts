import type { AnalysisMetric, RolloutPolicy, RuntimeHealth } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { brokenRolloutInvariants, createRolloutWorld, type RolloutWorld, strictWave, wholeSuccess } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const lag: AnalysisMetric = {
  name: 'lag',
  signal: 'event_loop_lag_ms',
  aggregate: 'p95',
  minimumSample: 2,
  successCondition: { is: 'at_most', value: 50 },
};

function measured(metrics: readonly AnalysisMetric[], count = 2): RolloutPolicy {
  return {
    waves: [
      { ...strictWave({ kind: 'count', count: 3 }), analysis: { intervalMs: 60_000, count, metrics: [...metrics] } },
      strictWave({ kind: 'rest' }),
    ],
    order: 'name',
    deploymentDeadlineMs: 3_600_000,
    onBreach: 'roll_back',
  };
}

describe('the analysis of a wave', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  /** What devices report of their runtime now; all of it is kept as the device API keeps it. */
  async function report(deviceIds: readonly string[], runtime: (place: number) => Partial<RuntimeHealth>): Promise<void> {
    const whole = {
      uncaughtErrors: 0,
      nodeErrors: 0,
      messagesPerSecond: 5,
      eventLoopLagMs: 10,
      heapUsedBytes: 1_048_576,
      uptimeMs: 3_600_000,
    };
    for (const [place, deviceId] of deviceIds.entries()) {
      await world.store.query(
        `INSERT INTO device_observed (device_id, organization_id, revision, health, health_since, verdict, reported_at, runtime)
         VALUES ($1, $2, 0, 'healthy', $3, '{"state":"healthy","reasons":[]}', $3, $4)
         ON CONFLICT (device_id) DO UPDATE SET runtime = excluded.runtime, reported_at = excluded.reported_at`,
        [deviceId, world.fleet.organization.id, new Date(clock.now()), JSON.stringify({ connections: [], ...whole, ...runtime(place) })],
      );
    }
  }

  const begin = async (name: string, policy: RolloutPolicy, before: (place: number) => Partial<RuntimeHealth> = () => ({})) => {
    const stage = await world.fleet.addStage(name, { devices: 5, policy });
    await report(stage.deviceIds, before);
    await clock.advance(1);
    const release = await world.fleet.publish();
    const rollout = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    const wave = stage.deviceIds.slice(0, 3);
    await clock.advance(10_000);
    await world.devices.report(wave, wholeSuccess);
    await world.settle();
    return { id: rollout.id, wave, rest: stage.deviceIds.slice(3) };
  };

  const pass = async (ms: number) => {
    await clock.advance(ms);
    await world.settle();
  };

  it('when every measurement is good, each is stored with its numbers, on time, and the next wave starts after the last', async () => {
    const { id, wave, rest } = await begin('good', measured([lag]));
    expect(await world.detail(id)).toMatchObject({
      waves: [{ state: 'analyzing' }, { state: 'pending' }],
      blockers: [{ code: 'analyzing' }],
    });
    await clock.advance(1_000);
    await report(wave, (place) => ({ eventLoopLagMs: [10.5, 30, 49.9][place] ?? 0 }));
    await report(rest, () => ({ eventLoopLagMs: 900 }));
    await pass(58_999);
    expect((await world.detail(id)).measurements).toEqual([]);
    await pass(1);
    const first = { name: 'lag', dryRun: false, sample: 3, value: 49.9, baseline: null, outcome: 'success' };
    expect((await world.detail(id)).measurements).toMatchObject([{ waveIndex: 0, number: 1, updated: 3, metrics: [first] }]);
    await pass(1);
    await report(wave, () => ({ eventLoopLagMs: 50 }));
    await pass(59_999);
    const done = await world.detail(id);
    expect(done).toMatchObject({ waves: [{ state: 'succeeded' }, { state: 'running' }], measurements: [{ number: 2 }, { number: 1 }] });
    const decision = done.decisions.find(({ kind }) => kind === 'record_measurement');
    expect(decision).toMatchObject({ code: 'measured', numbers: { lag_thousandths: 50_000, lag_devices: 3, lag_outcome: 1 } });
    expect(done.decisions.filter(({ kind }) => kind === 'begin_analysis' || kind === 'record_measurement')).toHaveLength(3);
  });

  it('when devices are worse than they were before, the wave is breached and what was changed goes back', async () => {
    const condition = { is: 'at_most', percentOfBaseline: 150, plus: 0.1 } as const;
    const errors: AnalysisMetric = {
      ...lag,
      name: 'errors',
      signal: 'errors_per_hour',
      aggregate: 'mean',
      baseline: 'before_update',
      successCondition: condition,
    };
    const heap: AnalysisMetric = {
      ...errors,
      name: 'heap',
      signal: 'heap_used_mebibytes',
      successCondition: { is: 'below', percentOfBaseline: 101 },
    };
    const { id, wave } = await begin('worse', measured([heap, errors]), () => ({ nodeErrors: 2, uptimeMs: 7_200_000 }));
    // One was changed in place and goes on counting; two began anew.
    await clock.advance(1_000);
    await report(wave, (place) =>
      place === 0 ? { nodeErrors: 2, uncaughtErrors: 1, uptimeMs: 10_800_000 } : { nodeErrors: 2, uptimeMs: 1_000 + 10_000 },
    );
    await pass(59_000);
    const detail = await world.detail(id);
    expect(detail.measurements[0]?.metrics).toMatchObject([
      { name: 'heap', value: 1, baseline: 1, sample: 3, outcome: 'success' },
      { name: 'errors', baseline: 1, sample: 3, outcome: 'failure' },
    ]);
    expect(detail).toMatchObject({ waves: [{ state: 'failed' }, { state: 'aborted' }], counts: { canceled: 2 } });
    expect(detail.reason).toContain('errors was');
    expect(detail.reason).toContain('the same devices before: 1)');
  });

  it('when too few devices report it, it cannot judge: the rollout pauses with the words for it, and a person may go on', async () => {
    const kpi: AnalysisMetric = {
      name: 'bottles',
      signal: 'kpi',
      kpi: 'bottlesPerMinute',
      aggregate: 'minimum',
      minimumSample: 3,
      failureCondition: { is: 'below', value: 10 },
    };
    const dry: AnalysisMetric = { ...lag, name: 'dry', dryRun: true, successCondition: { is: 'below', value: 0 } };
    const { id, wave } = await begin('silent', measured([kpi, dry], 1));
    // One reports nothing new, one does not know the number.
    await clock.advance(1_000);
    await report(wave.slice(1), (place) => (place === 0 ? { kpis: { bottlesPerMinute: 40 } } : {}));
    await pass(59_000);
    const paused = await world.detail(id);
    expect(paused).toMatchObject({ state: 'paused', waves: [{ state: 'analyzing' }, {}], blockers: [{ code: 'paused_inconclusive' }] });
    expect(paused.blockers[0]?.sentence).toContain('bottles: 1 of 3 devices reported it, 3 are needed');
    expect(paused.measurements[0]?.metrics).toMatchObject([
      { value: 40, sample: 1, outcome: 'inconclusive' },
      { name: 'dry', dryRun: true, sample: 2, outcome: 'failure' },
    ]);
    await world.act(id, 'resume');
    await world.settle();
    expect(await world.detail(id)).toMatchObject({ state: 'running', waves: [{ state: 'succeeded' }, { state: 'running' }] });
  });

  it('when it is compared with devices not updated yet, only those that reported since count', async () => {
    const busy: AnalysisMetric = {
      ...lag,
      name: 'busy',
      signal: 'messages_per_second',
      aggregate: 'mean',
      baseline: 'not_updated_now',
      successCondition: { is: 'at_least', percentOfBaseline: 80 },
    };
    const down: AnalysisMetric = {
      ...lag,
      name: 'down',
      signal: 'connections_down',
      aggregate: 'maximum',
      successCondition: { is: 'below', value: 2 },
    };
    const restarted: AnalysisMetric = {
      ...lag,
      name: 'restarted',
      signal: 'restarted',
      aggregate: 'mean',
      failureCondition: { is: 'above', value: 0.5 },
    };
    const { id, wave, rest } = await begin('compared', measured([busy, down, restarted], 1), () => ({ messagesPerSecond: 1_000 }));
    await clock.advance(40_000);
    const lost = {
      nodeId: 'a',
      nodeType: 'mqtt',
      nodeName: '',
      state: 'disconnected',
      text: '',
      since: '2026-01-01T00:00:00.000Z',
    } as const;
    await report(wave, (place) => ({
      messagesPerSecond: 8,
      connections: place === 0 ? [lost, { ...lost, state: 'connected' }] : [],
      uptimeMs: place === 0 ? 1_000 : 90_000,
    }));
    await report(rest.slice(0, 1), () => ({ messagesPerSecond: 10 }));
    await pass(20_000);
    const { measurements, waves } = await world.detail(id);
    expect(measurements[0]?.metrics).toMatchObject([
      { name: 'busy', value: 8, baseline: 10, outcome: 'success' },
      { name: 'down', value: 1, baseline: null, outcome: 'success' },
      { name: 'restarted', value: 0.333, outcome: 'success' },
    ]);
    expect(waves[0]).toMatchObject({ state: 'succeeded' });
  });
});
