import type { ConnectionStatus, HealthPolicy, RuntimeHealth } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { baselineOf } from './baseline.ts';
import { beginProbation, evaluateHealth, judgeRunning, observeSample, type RuntimeSample } from './evaluate.ts';
import { verdictOf } from './verdict.ts';

const revision = 'f'.repeat(64);
const policy: HealthPolicy = {
  startTimeoutMs: 10_000,
  windowMs: 5_000,
  decideWithinMs: 60_000,
  connections: 'all',
  connectionGraceMs: 3_000,
  maximumUncaughtErrors: 0,
  maximumEventLoopLagMs: 1_000,
};
const zero = Date.UTC(2026, 0, 1);
const time = (ms: number): string => new Date(zero + ms).toISOString();

const connection = (state: ConnectionStatus['state'], sinceMs: number, id = 'n1'): ConnectionStatus => ({
  nodeId: id,
  nodeType: 'mqtt in',
  nodeName: 'broker',
  state,
  text: state,
  since: time(sinceMs),
});

function health(atMs: number, change: Partial<RuntimeHealth> = {}): RuntimeHealth {
  return {
    measuredAt: time(atMs),
    runtimeVersion: '5.0.7',
    nodeVersion: 'v24.0.0',
    flowsState: 'started',
    flowsRevision: revision,
    missingTypes: [],
    credentialsReadable: true,
    connections: [],
    uncaughtErrors: 0,
    nodeErrors: 0,
    lastError: null,
    messagesTotal: 0,
    messagesPerSecond: 0,
    eventLoopLagMs: 0,
    heapUsedBytes: 0,
    residentBytes: 0,
    uptimeMs: atMs,
    ...change,
  };
}

type Moment = Partial<RuntimeHealth> | null;
const sampleOf = (atMs: number, moment: Moment): RuntimeSample => ({
  alive: true,
  health: moment === null ? null : health(atMs, moment),
  crashes: 0,
  crashDetail: null,
});

/** Plays one sample a second and says when and how the probation ended. */
function play(
  moment: (atMs: number) => Moment | RuntimeSample,
  options: { policy?: Partial<HealthPolicy>; baseline?: ConnectionStatus[] } = {},
) {
  const rules = { ...policy, ...options.policy };
  const expectation = {
    policy: rules,
    flowsRevision: revision,
    baseline: options.baseline === undefined ? null : { connections: options.baseline },
  };
  let state = beginProbation(0);
  for (let now = 0; now <= 200_000; now += 1_000) {
    const each = moment(now);
    const sample = each !== null && 'alive' in each ? (each as RuntimeSample) : sampleOf(now, each as Moment);
    state = observeSample(state, sample, { expectation, now });
    const verdict = evaluateHealth(state, rules, now);
    if (verdict.state !== 'pending')
      return { at: now, state: verdict.state, codes: 'reasons' in verdict ? verdict.reasons.map((reason) => reason.code) : [] };
  }
  return { at: -1, state: 'pending', codes: [] };
}

describe('a probation', () => {
  it('when the runtime is healthy from some moment on, it ends well one window later', () => {
    expect(play((at) => (at < 2_000 ? null : {}))).toEqual({ at: 7_000, state: 'healthy', codes: [] });
  });

  it('when health is interrupted, the window begins anew', () => {
    expect(play((at) => ({ eventLoopLagMs: at === 4_000 ? 2_000 : 0 }))).toEqual({ at: 10_000, state: 'healthy', codes: [] });
  });

  it('when the flows never start, it fails after the start timeout', () => {
    expect(play(() => ({ flowsState: 'starting' }))).toEqual({ at: 10_000, state: 'unhealthy', codes: ['FLOWS_NOT_STARTED'] });
    expect(play(() => null)).toEqual({ at: 10_000, state: 'unhealthy', codes: ['PROBE_SILENT'] });
  });

  it('when other flows run than were staged, it fails after the start timeout', () => {
    expect(play(() => ({ flowsRevision: 'e'.repeat(64) }))).toEqual({ at: 10_000, state: 'unhealthy', codes: ['FLOWS_REVISION_DIFFERS'] });
  });

  it.each([
    ['MISSING_NODE_TYPES', { missingTypes: ['no-such-node'] }],
    ['CREDENTIALS_UNREADABLE', { credentialsReadable: false }],
    ['UNCAUGHT_ERRORS', { uncaughtErrors: 1 }],
  ] as const)('when there is %s, it fails at once', (code, change) => {
    expect(play(() => ({ ...change, missingTypes: 'missingTypes' in change ? [...change.missingTypes] : [] }))).toEqual({
      at: 0,
      state: 'unhealthy',
      codes: [code],
    });
  });

  it('when the runtime ended by itself, it fails at once; unless the policy allows it', () => {
    const crashed = (at: number): RuntimeSample => ({ ...sampleOf(at, {}), crashes: 1 });
    expect(play(crashed)).toEqual({ at: 0, state: 'unhealthy', codes: ['RUNTIME_CRASHED'] });
    expect(play(crashed, { policy: { maximumUncaughtErrors: 1 } }).state).toBe('healthy');
  });

  it('when a connection stays down, it fails as soon as its grace is over', () => {
    expect(play(() => ({ connections: [connection('connecting', 0)] }))).toEqual({
      at: 4_000,
      state: 'unhealthy',
      codes: ['CONNECTION_LOST'],
    });
  });

  it('when a connection is down within its grace, that is no health yet: no window ends over a red connection', () => {
    const result = play(() => ({ connections: [connection('disconnected', 0)] }), {
      policy: { connectionGraceMs: 20_000, windowMs: 1_000 },
    });
    expect(result).toEqual({ at: 21_000, state: 'unhealthy', codes: ['CONNECTION_LOST'] });
  });

  it('when a connection comes up within its grace, the window begins there', () => {
    const result = play((at) => ({ connections: [at < 3_000 ? connection('connecting', 0) : connection('connected', 3_000)] }));
    expect(result).toEqual({ at: 8_000, state: 'healthy', codes: [] });
  });

  it('when a connection flaps for ever, it fails when the time to decide is over', () => {
    const result = play((at) => {
      const isDown = (at / 1_000) % 3 === 0;
      return { connections: [connection(isDown ? 'disconnected' : 'connected', at)] };
    });
    expect(result).toMatchObject({ at: 60_000, state: 'unhealthy' });
  });

  it('when nothing is known about a connection, it is not held against the release', () => {
    expect(play(() => ({ connections: [connection('unknown', 0)] })).state).toBe('healthy');
  });

  it('when connections are to be ignored, they are', () => {
    expect(play(() => ({ connections: [connection('disconnected', 0)] }), { policy: { connections: 'ignore' } }).state).toBe('healthy');
  });

  describe('that asks only for what was connected before', () => {
    const rule = { connections: 'previously_connected' } as const;
    it('when a connection was down before too, it may stay down', () => {
      const options = { policy: rule, baseline: [connection('disconnected', 0)] };
      expect(play(() => ({ connections: [connection('disconnected', 0)] }), options).state).toBe('healthy');
    });
    it('when it was connected before, it must be again', () => {
      const options = { policy: rule, baseline: [connection('connected', 0)] };
      expect(play(() => ({ connections: [connection('disconnected', 0)] }), options).codes).toEqual(['CONNECTION_LOST']);
    });
    it('when its id changed, it is known by type and name', () => {
      const options = { policy: rule, baseline: [connection('disconnected', 0, 'another id')] };
      expect(play(() => ({ connections: [connection('disconnected', 0)] }), options).state).toBe('healthy');
    });
    it('when it is new, it must be connected', () => {
      expect(play(() => ({ connections: [connection('disconnected', 0)] }), { policy: rule, baseline: [] }).codes).toEqual([
        'CONNECTION_LOST',
      ]);
    });
  });
});

describe('the verdict in normal operation', () => {
  const expectation = { policy, flowsRevision: revision, baseline: null };
  it('when a connection is down within its grace, the runtime still counts as healthy', () => {
    expect(judgeRunning(sampleOf(2_000, { connections: [connection('disconnected', 0)] }), expectation)).toEqual([]);
    expect(judgeRunning(sampleOf(4_000, { connections: [connection('disconnected', 0)] }), expectation)).toHaveLength(1);
  });
  it.each([
    ['nothing shall run', { expectation: null }, 'unknown'],
    ['an update is being decided', { updateState: 'PROBATION' }, 'unknown'],
    ['it has just been started', { watchedMs: 1_000, sample: sampleOf(0, null) }, 'unknown'],
    ['it should have started long ago', { watchedMs: 60_000, sample: sampleOf(0, null) }, 'unhealthy'],
    ['it has ended', { sample: { ...sampleOf(0, null), alive: false } }, 'unhealthy'],
    ['all is well', {}, 'healthy'],
  ] as const)('when %s, it is right', (_name, change, state) => {
    const input = { sample: sampleOf(0, {}), expectation, updateState: 'IDLE', watchedMs: 60_000, ...change } as const;
    expect(verdictOf(input).state).toBe(state);
  });
});

describe('the baseline before a switch', () => {
  const grace = 3_000;
  const stateOf = (now: ConnectionStatus, before: ConnectionStatus[]): string | undefined =>
    baselineOf(health(2_000, { connections: [now] }), { connections: before }, grace).connections[0]?.state;

  it('when a connection is coming up after a restart and was up at the last commit, it counts as connected', () => {
    expect(stateOf(connection('connecting', 0), [connection('connected', 0)])).toBe('connected');
  });
  it('when it was never up, or has been down for longer than its grace, it counts as down', () => {
    expect(stateOf(connection('connecting', 0), [])).toBe('connecting');
    expect(stateOf(connection('connecting', -60_000), [connection('connected', 0)])).toBe('connecting');
  });
  it('when there is no health at this moment, the last commit counts; when there was none, it is empty', () => {
    const before = { connections: [connection('connected', 0)] };
    expect(baselineOf(null, before, grace)).toEqual(before);
    expect(baselineOf(null, null, grace)).toEqual({ connections: [] });
  });
});
