/** What broke other rollout engines, by their trackers, and must not break this one. docs/hard-cases.md says which test stands for which. */
import type { RolloutPolicy } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { decide, decideRequest, type EngineInput, nextDeploymentState, planWaves, windowStateOf } from '../src/index.ts';
import type { DeviceModel } from '../src/simulator/scenario.ts';
import { type SimulationResult, simulate } from '../src/simulator/simulate.ts';
import { canaryPolicy, input, now, rollout, runningWave, strictWave, wave } from './inputs.ts';
import { calm, device } from './scenarios.ts';

const minute = 60_000;
const hour = 60 * minute;
const everybody: RolloutPolicy = { ...canaryPolicy, waves: [strictWave], onBreach: 'pause' };
const tolerant: RolloutPolicy = {
  ...everybody,
  waves: [{ ...strictWave, threshold: { successPercent: 50, errorPercent: 50, minimumSample: 1 } }],
};
const line = (count: number, values: Partial<DeviceModel> = {}): readonly DeviceModel[] =>
  Array.from({ length: count }, (_, index) => device(`line-${index}`, values));
const kindsOf = (from: EngineInput): readonly string[] => decide(from).decisions.map(({ kind }) => kind);
const statesOf = ({ deployments }: SimulationResult): readonly string[] => deployments.map(({ state }) => state);
/** Virtual milliseconds from the start to the last change of the rollout. */
const endedAt = ({ transitions, startedAt }: SimulationResult) =>
  (transitions.findLast(({ subject }) => subject === 'rollout')?.at ?? Number.POSITIVE_INFINITY) - startedAt;
const endOf = ({ outcome, violations }: SimulationResult) => ({ outcome, violations });

describe('deployments', () => {
  it('when an abort races a success (Mender MEN-4813), the success that came first stays, and from `applying` on nothing is canceled', () => {
    const times = Array.from({ length: 24 }, (_, index) => index * 400);
    const results = times.map((at) => {
      const people = [{ at, kind: 'request', request: 'abort' }] as const;
      return simulate({ ...calm, policy: everybody, devices: line(3, { pollMs: 0, delayMaxMs: 500 }), people });
    });
    for (const { violations, transitions } of results) {
      expect(violations).toEqual([]);
      expect(transitions.filter(({ from, to }) => to === 'canceled' && ['applying', 'verifying', 'succeeded'].includes(from))).toEqual([]);
    }
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['aborted', 'succeeded']));
    expect(results.filter((result) => result.outcome === 'aborted' && statesOf(result).includes('succeeded')).length).toBeGreaterThan(0);
  });

  it('when a success comes after the end (hawkBit answers 410), it is refused with the state, and the device keeps what it runs', () => {
    const outcome = nextDeploymentState({ state: 'timed_out', attempt: 1 }, { state: 'succeeded', attempt: 1 }, null);
    expect(outcome).toEqual({ outcome: 'refused', code: 'deployment_closed', current: { state: 'timed_out', attempt: 1 } });
    const policy = { ...tolerant, deploymentDeadlineMs: 45 * minute };
    const result = simulate({ ...calm, policy, devices: [device('slow', { stepMs: 10 * minute }), ...line(3)] });
    expect(result.deployments.find(({ deviceId }) => deviceId === 'slow')).toMatchObject({
      state: 'timed_out',
      succeededLate: true,
      desired: { target: 'release' },
    });
  });

  it('when the assignment is out (hawkBit #735), it counts as open, not as installed', () => {
    const offered = input([wave(0, { state: 'succeeded' }), runningWave(1, { counts: { offered: 9, verifying: 1 } })]);
    expect(decide(offered)).toMatchObject({ decisions: [], blockers: [{ code: 'waiting_for_devices' }] });
  });

  it('when a device succeeds and falls back later (hawkBit #3185), the wave has failed before the next one starts', () => {
    const fallen = input([
      wave(0, { state: 'succeeded', counts: { succeeded: 1 }, unhealthySucceeded: 1 }),
      wave(1, { counts: { scheduled: 5 } }),
    ]);
    expect(decide(fallen).decisions).toMatchObject([{ kind: 'pause_rollout', cause: 'regress', causeWave: 0 }]);
  });

  it('when an old report is delivered again after the success (ADU #609), it does not take the success back', () => {
    for (const state of ['accepted', 'applying', 'failed', 'rolled_back'] as const) {
      expect(nextDeploymentState({ state: 'succeeded', attempt: 1 }, { state, attempt: 1 }, null)).toMatchObject({ outcome: 'refused' });
    }
    const again = nextDeploymentState({ state: 'succeeded', attempt: 2 }, { state: 'failed', attempt: 1 }, null);
    expect(again).toMatchObject({ outcome: 'refused', code: 'old_attempt' });
  });

  it("when a device's clock is years off (hawkBit), the server's order decides all the same", () => {
    const run = (clockSkewMs: number) => simulate({ ...calm, policy: everybody, devices: line(4, { clockSkewMs, delayMaxMs: 5_000 }) });
    expect(run(-20 * 365 * 24 * hour).transitions).toEqual(run(0).transitions);
  });

  it('when a target is bad (balena-supervisor #1743), it is tried as often as the policy says and never again', () => {
    const policy = { ...everybody, retries: { rolled_back: 2, backOffMs: minute } };
    const result = simulate({ ...calm, policy, devices: line(1, { result: 'rolled_back' }) });
    expect(result.transitions.filter(({ to }) => to === 'offered')).toHaveLength(3);
    expect(statesOf(result)).toEqual(['rolled_back']);
  });
});

describe('waves that wait for somebody', () => {
  it.each([
    ['an offline device blocks the wave (Rancher Fleet #594)', { offline: [{ from: 0, to: 900 * hour }] }],
    ['a device never comes back (hawkBit #693)', { result: 'silent' as const }],
    ['a device can never converge (flightctl)', { result: 'rollback_failed' as const, stepMs: 40 * minute }],
    ['one execution is stuck (Greengrass #807)', { stepMs: 100 * hour }],
  ])('when %s, its deadline ends the wait and the others go on', (_, values) => {
    const result = simulate({ ...calm, policy: tolerant, devices: [device('stuck', values), ...line(3)] });
    expect(endOf(result)).toEqual({ outcome: 'completed_with_failures', violations: [] });
    expect(endedAt(result)).toBeLessThan(hour + 2 * minute);
  });

  it('when devices are only queued (AWS has no timer there), their deadline runs as well', () => {
    const queued = runningWave(1, { counts: { queued: 3 }, deadlineAt: now, offerable: { queue: 0, now: 0, waits: [] } });
    const waiting = input([wave(0, { state: 'succeeded', counts: { succeeded: 1 } }), queued]);
    expect(kindsOf(waiting)).toEqual(['time_out_wave_deployments']);
    expect(decide({ ...waiting, now: now - 1 }).nextTimerAt).toBe(now);
  });

  it('when a soak gate is open only after a time (Kargo #4586), that time has a timer, and the gate opens then', () => {
    const policy: RolloutPolicy = { ...everybody, waves: [{ ...strictWave, soakMs: hour }] };
    const soaking = input([runningWave(0, { state: 'soaking', soakStartedAt: now, counts: { succeeded: 2 } })], { policy });
    expect(decide(soaking)).toMatchObject({ decisions: [], nextTimerAt: now + hour });
    expect(kindsOf({ ...soaking, now: now + hour })).toEqual(['complete_wave']);
  });

  it('when readiness flaps (Argo #3765), deadlines still run from the start of the wave, and the soak ends at its limit', () => {
    const policy: RolloutPolicy = {
      ...tolerant,
      waves: tolerant.waves.map((each) => ({ ...each, soakMs: 10 * minute })),
      deploymentDeadlineMs: 30 * minute,
    };
    const regressions = Array.from({ length: 200 }, (_, turn) => ({ afterMs: turn * 5 * minute, forMs: minute }));
    const result = simulate({ ...calm, policy, devices: [device('flapping', { regressions }), ...line(3)] });
    expect(result).toMatchObject({ waves: ['succeeded'], violations: [] });
    expect(result.transitions.find(({ cause }) => cause === 'soak_limit_reached')?.at).toBeLessThan(result.startedAt + 50 * minute);
  });
});

describe('numbers', () => {
  it('when a group has no device (hawkBit, flightctl and KubeEdge each say something else), it is skipped and is no evidence', () => {
    expect(kindsOf(input([wave(0), wave(1, { counts: { scheduled: 3 } })]))).toEqual(['skip_wave']);
    expect(kindsOf(input([wave(0, { counts: { removed: 2, skipped: 1 } }), wave(1, { counts: { scheduled: 3 } })]))).toEqual(['skip_wave']);
  });

  it('when shares do not come out even (floors, floats, two decimals), nobody is left out and the exact share decides', () => {
    const thirds = { waves: [33, 66, 100].map((percent) => ({ ...strictWave, size: { kind: 'percent', percent } as const })) };
    expect(planWaves(thirds, 7).map(({ size }) => size)).toEqual([3, 2, 2]);
    const third = (failed: number) => {
      const threshold = { successPercent: 0, errorPercent: 33, minimumSample: 1 };
      const policy = { ...everybody, waves: [{ ...strictWave, threshold }] };
      return kindsOf(input([runningWave(0, { counts: { failed, succeeded: 300 - failed } })], { policy }));
    };
    expect([third(99), third(100)]).toEqual([['complete_wave'], ['pause_rollout']]);
  });

  it('when targets are deleted (hawkBit #3110), the failures weigh more, and a gate is not passed by emptying it', () => {
    const policy = { ...everybody, waves: [{ ...strictWave, threshold: { successPercent: 80, errorPercent: 20, minimumSample: 1 } }] };
    const with10 = runningWave(0, { counts: { succeeded: 8, failed: 2 } });
    const with5 = runningWave(0, { counts: { succeeded: 3, failed: 2, removed: 5 } });
    expect(kindsOf(input([with10], { policy }))).toEqual(['complete_wave']);
    expect(kindsOf(input([with5], { policy }))).toEqual(['pause_rollout']);
    expect(decide(input([with5], { policy })).decisions[0]?.numbers).toMatchObject({ members: 10, eligible: 5 });
  });

  it('when actions are superseded (hawkBit completes the old group), the wave has no success of them and is not passed', () => {
    const taken = input([runningWave(0, { counts: { superseded: 4 } })], { policy: everybody });
    expect(decide(taken).decisions).toMatchObject([{ kind: 'pause_rollout', cause: 'inconclusive' }]);
  });

  it('when all devices of a site would be in one wave (hawkBit #1086), they are spread', () => {
    const policy: RolloutPolicy = {
      ...everybody,
      spreadBy: 'site',
      waves: [{ ...strictWave, size: { kind: 'percent', percent: 50 } }, strictWave],
    };
    const devices = Array.from({ length: 12 }, (_, index) => device(`line-${String(index).padStart(2, '0')}`, { site: index < 6 ? 0 : 1 }));
    const first = simulate({ ...calm, policy, devices }).deployments.filter(({ wave: index }) => index === 0);
    expect(first.filter(({ deviceId }) => deviceId < 'line-06')).toHaveLength(3);
  });

  it('when a failed device is tried again (AWS counts anew after it left its group), the attempts go on counting in this rollout', () => {
    const policy = { ...tolerant, retries: { failed: 1, backOffMs: 0 } };
    const retry = { retries: policy.retries, now };
    const first = nextDeploymentState({ state: 'downloading', attempt: 1 }, { state: 'failed', attempt: 1 }, retry);
    const second = nextDeploymentState({ state: 'downloading', attempt: 2 }, { state: 'failed', attempt: 2 }, retry);
    expect([first.outcome, second.outcome]).toEqual(['retried', 'accepted']);
  });

  it('when many devices wait at once (late joiners pass the rate at AWS and Mender), each minute has its rate, whoever they are', () => {
    const policy: RolloutPolicy = { ...everybody, rate: { kind: 'constant', perMinute: 2 } };
    const result = simulate({ ...calm, policy, devices: line(7) });
    const minutes = Map.groupBy(
      result.transitions.filter(({ to }) => to === 'offered'),
      ({ at }) => Math.floor((at - result.startedAt) / minute),
    );
    expect(endOf(result)).toEqual({ outcome: 'succeeded', violations: [] });
    expect(Math.max(...[...minutes.values()].map(({ length }) => length))).toBeLessThanOrEqual(2);
  });
});

describe('people and clocks', () => {
  it('when a person and the scheduler start at once (hawkBit PR #1853), it starts once', () => {
    const result = simulate({ ...calm, controllers: 2, writeDelayMaxMs: 5_000, devices: line(4) });
    expect(result.transitions.filter(({ subject, to }) => subject === 'rollout' && to === 'running')).toHaveLength(1);
    expect(result.transitions.filter(({ subject, to }) => subject === 'wave' && to === 'running')).toHaveLength(2);
  });

  it('when it is aborted while paused (Argo #3756 loops), it ends', () => {
    const paused = input([runningWave(0, { counts: { succeeded: 1 } }), wave(1, { counts: { scheduled: 2 } })], {
      rollout: rollout({ state: 'paused', pause: { cause: 'person', wave: null, at: now } }),
    });
    expect(decideRequest(paused, 'abort')).toMatchObject({ outcome: 'accepted', decisions: [{ kind: 'begin_abort' }] });
    const people = [
      { at: 2_000, kind: 'request', request: 'pause' },
      { at: 3_000, kind: 'request', request: 'abort' },
    ] as const;
    const result = simulate({ ...calm, devices: line(3), people });
    expect(endOf(result)).toEqual({ outcome: 'aborted', violations: [] });
    expect(endedAt(result)).toBeLessThan(minute);
  });

  it('when the policy is edited in mid-rollout, the rollout goes by the copy it was made with', () => {
    const people = [{ at: 1_000, kind: 'edit_policy', policy: { ...tolerant, deploymentDeadlineMs: minute } }] as const;
    const run = (acts: typeof people | readonly []) => simulate({ ...calm, devices: line(3, { stepMs: 5 * minute }), people: acts });
    const [edited, left] = [run(people), run([])];
    expect(edited.outcome).toBe('succeeded');
    expect(edited.decisions.map(({ kind, policyVersion }) => `${kind} ${policyVersion}`)).toEqual(
      left.decisions.map(({ kind, policyVersion }) => `${kind} ${policyVersion}`),
    );
  });

  it('when summer time begins (fixed offsets break, hawkBit), the window stays at its hour of the wall clock', () => {
    const nightly = { recurrence: 'FREQ=DAILY', startTime: '02:30', durationMinutes: 60, timeZone: 'device' } as const;
    const opensAt = (time: string) => new Date(windowStateOf(nightly, 'Europe/Vienna', Date.parse(time)).opensAt ?? 0).toISOString();
    expect(opensAt('2026-03-27T12:00:00Z')).toBe('2026-03-28T01:30:00.000Z');
    expect(opensAt('2026-03-29T12:00:00Z')).toBe('2026-03-30T00:30:00.000Z');
  });

  it('when an older desired state arrives late (flightctl #1586), its revision is lower: revisions of a device only grow', () => {
    const policy: RolloutPolicy = { ...canaryPolicy, waves: [strictWave], retries: { failed: 2, backOffMs: 0 } };
    const result = simulate({ ...calm, policy, devices: line(2, { result: 'failed', succeedsFromAttempt: 3 }) });
    expect(result.violations).toEqual([]);
    expect(result.deployments.map(({ desired }) => desired.revision)).toEqual([6, 6]);
  });
});
