import { type Analysis, measurementOutcomes, rolloutStates, terminalRolloutStates, waveStates } from '@sluice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canaryPolicy, input, now, rollout, runningWave, strictWave, wave } from '../test/inputs.ts';
import { decide } from './engine.ts';
import type { EngineInput, OfferWait } from './engine-input.ts';

const kinds = (given: EngineInput) => decide(given).decisions.map(({ kind }) => kind);
const codes = (given: EngineInput) => decide(given).blockers.map(({ code }) => code);
const succeeded = (index: number) => runningWave(index, { state: 'succeeded', counts: { succeeded: 1 } });
const failedCanary = runningWave(0, { counts: { rolled_back: 1 } });
const waitingRest = wave(1, { counts: { scheduled: 2 } });
const soakPolicy = { ...canaryPolicy, waves: [{ ...strictWave, soakMs: 600_000 }, strictWave] };
const pausePolicy = { ...canaryPolicy, onBreach: 'pause' } as const;

describe('a rollout that has not started', () => {
  it('when its time has come, it starts; before, it names the time and sets a timer', () => {
    const scheduled = rollout({ state: 'scheduled', startedAt: null });
    expect(kinds(input([waitingRest], { rollout: scheduled }))).toEqual(['start_rollout']);
    const early = input([waitingRest], { rollout: { ...scheduled, startAt: now + 5 } });
    expect(decide(early)).toMatchObject({ decisions: [], nextTimerAt: now + 5, blockers: [{ code: 'waiting_for_start_time' }] });
  });

  it('when it is a draft or awaits approval, it decides nothing and says so', () => {
    expect(codes(input([], { rollout: rollout({ state: 'draft' }) }))).toEqual(['draft']);
  });
});

describe('a running rollout', () => {
  it('when its next wave is due, it starts with a deadline and queues its devices', () => {
    const step = decide(input([wave(0, { counts: { scheduled: 1 } }), waitingRest]));
    expect(step.decisions).toMatchObject([
      { kind: 'start_wave', wave: 0, startedAt: now, deadlineAt: now + 3_600_000, policyVersion: 3, decidedAt: now },
      { kind: 'queue_wave', wave: 0, count: 1 },
    ]);
  });

  it('when a wave is half offered after a crash, it offers the rest', () => {
    expect(decide(input([succeeded(0), runningWave(1, { counts: { queued: 3, offered: 2 } })])).decisions).toMatchObject([
      { kind: 'offer_wave', wave: 1, count: 3 },
    ]);
  });

  it('when the canary is not done, it waits with a named blocker and wakes at the deadline', () => {
    const step = decide(input([runningWave(0, { counts: { downloading: 1 } }), waitingRest]));
    expect(step).toMatchObject({ decisions: [], nextTimerAt: now + 3_540_000, blockers: [{ code: 'waiting_for_devices', wave: 0 }] });
  });

  it('when the canary fails, the wave fails and the abort begins in the same step', () => {
    const { decisions } = decide(input([failedCanary, waitingRest]));
    expect(decisions).toMatchObject([
      { kind: 'fail_wave', wave: 0, why: { code: 'error_percent_exceeded' }, numbers: { eligible: 1, failed: 1 } },
      { kind: 'begin_abort', cause: 'breach', rollBack: true },
    ]);
    expect(decisions[0]?.why.sentence).toBe('Wave 1: 1 of 1 device failed, more than the 0 % allowed.');
  });

  it('when it crashed after failing the wave, the abort still begins', () => {
    expect(kinds(input([{ ...failedCanary, state: 'failed' }, waitingRest]))).toEqual(['begin_abort']);
  });

  it('when the rollout is itself a rollback, a breach never rolls back', () => {
    const rollback = input([failedCanary, waitingRest], { rollout: rollout({ purpose: 'rollback' }) });
    expect(decide(rollback).decisions).toMatchObject([{ kind: 'fail_wave' }, { kind: 'begin_abort', rollBack: false }]);
  });

  it('when the deadline passes, it first times out what is open, and judges afterwards', () => {
    const late = runningWave(0, { deadlineAt: now, counts: { succeeded: 1, offered: 2 } });
    expect(decide(input([late])).decisions).toMatchObject([{ kind: 'time_out_wave_deployments', wave: 0, count: 2 }]);
  });

  it('when a wave is empty, it is skipped and proves nothing', () => {
    expect(kinds(input([wave(0, { counts: { skipped: 4, removed: 1 } }), waitingRest]))).toEqual(['skip_wave']);
    const empties = Array.from({ length: 5 }, (_, index) => wave(index));
    expect(kinds(input([...empties, wave(5, { counts: { scheduled: 1 } }), wave(6)]))).toEqual(
      Array.from({ length: 5 }, () => 'skip_wave'),
    );
  });

  it('when too many devices were canceled to judge, it pauses whatever the policy', () => {
    const policy = { ...canaryPolicy, waves: [{ ...strictWave, threshold: { successPercent: 10, errorPercent: 0, minimumSample: 5 } }] };
    const canceled = input([runningWave(0, { counts: { canceled: 9, succeeded: 1 } })], { policy });
    expect(decide(canceled).decisions).toMatchObject([{ kind: 'pause_rollout', cause: 'inconclusive', causeWave: 0 }]);
  });

  it('when a passed wave has regressed, the next one does not start: the rollout pauses', () => {
    const regressed = { ...succeeded(0), unhealthySucceeded: 1 };
    expect(decide(input([regressed, waitingRest])).decisions).toMatchObject([{ kind: 'pause_rollout', cause: 'regress', causeWave: 0 }]);
    expect(kinds(input([{ ...regressed, gateForced: true }, waitingRest]))).toContain('start_wave');
  });

  it('when all is over, the word for the end follows the devices', () => {
    const end = (...waves: EngineInput['waves']) => decide(input(waves)).decisions[0];
    expect(end(succeeded(0), succeeded(1))).toMatchObject({ kind: 'finish_rollout', state: 'succeeded' });
    expect(end(succeeded(0), { ...succeeded(1), counts: { succeeded: 9, canceled: 1 } })).toMatchObject({
      state: 'completed_with_failures',
    });
    expect(end({ ...failedCanary, state: 'failed', gateForced: true }, succeeded(1))).toMatchObject({ state: 'completed_with_failures' });
    expect(end(wave(0, { state: 'skipped', counts: { skipped: 2 } }))).toMatchObject({
      state: 'succeeded',
      why: { code: 'nothing_to_do' },
    });
  });

  it('when a wave passed early, the rollout still waits for its stragglers', () => {
    const straggling = runningWave(0, { state: 'succeeded', counts: { succeeded: 95, applying: 1 } });
    expect(decide(input([straggling]))).toMatchObject({ decisions: [], blockers: [{ code: 'waiting_for_devices', wave: 0 }] });
  });
});

describe('a soaking wave', () => {
  const soaking = (values: Partial<EngineInput['waves'][number]>) =>
    input([runningWave(0, { state: 'soaking', counts: { succeeded: 10 }, ...values }), waitingRest], {
      policy: {
        ...soakPolicy,
        waves: [{ ...strictWave, threshold: { successPercent: 90, errorPercent: 10, minimumSample: 1 }, soakMs: 600_000 }],
      },
    });

  it('when the threshold is met, soak begins; when its time has passed, the wave succeeds', () => {
    const done = input([runningWave(0, { counts: { succeeded: 1 } }), waitingRest], { policy: soakPolicy });
    expect(decide(done).decisions).toMatchObject([{ kind: 'begin_soak', soakStartedAt: now, deadlineAt: now + 3_540_000 }]);
    expect(decide(soaking({ soakStartedAt: now - 599_999 }))).toMatchObject({
      decisions: [],
      nextTimerAt: now + 1,
      blockers: [{ code: 'soaking' }],
    });
    expect(decide(soaking({ soakStartedAt: now - 600_000 })).decisions).toMatchObject([
      { kind: 'complete_wave', why: { code: 'soak_completed' } },
    ]);
  });

  it('when soak begins late, the deadline moves so that its limit leaves time for a whole soak', () => {
    const late = input([runningWave(0, { deadlineAt: now - 9_000_000, counts: { succeeded: 1 } })], { policy: soakPolicy });
    expect(decide(late).decisions).toMatchObject([{ kind: 'begin_soak', deadlineAt: now }]);
  });

  it('when a device becomes unhealthy within the error percent, the time stops, and starts again when it is healthy', () => {
    const ill = { unhealthySucceeded: 1, lastUnhealthyAt: now };
    expect(decide(soaking({ ...ill, soakStartedAt: now - 1 })).decisions).toMatchObject([{ kind: 'restart_soak', soakStartedAt: null }]);
    expect(codes(soaking({ ...ill, soakStartedAt: null }))).toEqual(['soak_interrupted']);
    expect(decide(soaking({ soakStartedAt: null, lastUnhealthyAt: now })).decisions).toMatchObject([
      { kind: 'restart_soak', soakStartedAt: now },
    ]);
  });

  it('when a device flapped between two looks, the time starts again all the same', () => {
    const flapped = soaking({ soakStartedAt: now - 600_000, lastUnhealthyAt: now - 1_000 });
    expect(decide(flapped).decisions).toMatchObject([{ kind: 'restart_soak', soakStartedAt: now }]);
  });

  it('when it cannot stay healthy, its limit decides by the threshold instead of waiting for ever', () => {
    const limit = { unhealthySucceeded: 1, lastUnhealthyAt: now, soakStartedAt: null };
    expect(decide(soaking({ ...limit, deadlineAt: now - 599_999 })).nextTimerAt).toBe(now + 1);
    expect(decide(soaking({ ...limit, deadlineAt: now - 600_000 })).decisions).toMatchObject([
      { kind: 'complete_wave', why: { code: 'soak_limit_reached' } },
    ]);
  });

  it('when more devices become unhealthy than may fail, it is a breach', () => {
    expect(kinds(soaking({ unhealthySucceeded: 2, soakStartedAt: now }))).toEqual(['fail_wave', 'begin_abort']);
  });
});

describe('a paused rollout', () => {
  const paused = (cause: 'person' | 'breach', waveIndex: number | null = null) =>
    rollout({ state: 'paused', pause: { cause, wave: waveIndex, at: now - 10_000 } });

  it('when devices wait and deadlines pass, nothing starts, nothing times out, and it says who can go on', () => {
    const half = input([runningWave(0, { deadlineAt: now - 1, counts: { scheduled: 1, queued: 2, offered: 3 } })], {
      rollout: paused('person'),
    });
    expect(decide(half)).toMatchObject({ decisions: [], nextTimerAt: null, blockers: [{ code: 'paused_by_person' }] });
  });

  it('when the threshold is met, soak time begins to count, unless devices were not offered yet', () => {
    const open = {
      ...soakPolicy,
      waves: [{ ...strictWave, threshold: { successPercent: 0, errorPercent: 100, minimumSample: 1 }, soakMs: 1 }],
    };
    const given = (queued: number) =>
      input([runningWave(0, { counts: { succeeded: 1, queued } })], { policy: open, rollout: paused('person') });
    expect(kinds(given(0))).toEqual(['begin_soak']);
    expect(kinds(given(1))).toEqual([]);
  });

  it('when the wave breaches, abort and rollback still act, and a pause becomes one by breach', () => {
    expect(kinds(input([failedCanary, waitingRest], { rollout: paused('person') }))).toEqual(['fail_wave', 'begin_abort']);
    const byPerson = input([failedCanary, waitingRest], { policy: pausePolicy, rollout: paused('person') });
    expect(decide(byPerson).decisions).toMatchObject([{ kind: 'pause_rollout', cause: 'breach', causeWave: 0, pausedAt: now - 10_000 }]);
    expect(codes(input([failedCanary, waitingRest], { policy: pausePolicy, rollout: paused('breach', 0) }))).toEqual(['paused_by_breach']);
  });
});

describe('an aborting rollout', () => {
  const aborting = (rollBack: boolean, handedToRollback = 0) =>
    rollout({ state: 'aborting', abort: { cause: 'breach', rollBack }, handedToRollback });

  it('when devices were changed, they are handed to a rollback at once, the rest is canceled and waves are closed', () => {
    const given = input([runningWave(0, { counts: { succeeded: 3, applying: 1, offered: 2 } }), waitingRest], { rollout: aborting(true) });
    expect(decide(given).decisions).toMatchObject([
      { kind: 'roll_back_changed_devices', count: 3, handedToRollback: 0 },
      { kind: 'cancel_cancellable', count: 4 },
      { kind: 'abort_wave', wave: 0 },
      { kind: 'abort_wave', wave: 1 },
    ]);
  });

  it('when a device was past the point of no return, it waits for it, then takes it back too, then fails', () => {
    const closed = (counts: EngineInput['waves'][number]['counts']) => [runningWave(0, { state: 'aborted', counts })];
    expect(codes(input(closed({ succeeded: 3, applying: 1 }), { rollout: aborting(true, 3) }))).toEqual(['draining']);
    expect(decide(input(closed({ succeeded: 4 }), { rollout: aborting(true, 3) })).decisions).toMatchObject([
      { kind: 'roll_back_changed_devices', count: 1 },
    ]);
    expect(decide(input(closed({ succeeded: 4 }), { rollout: aborting(true, 4) })).decisions).toMatchObject([
      { kind: 'finish_rollout', state: 'failed' },
    ]);
  });
});

describe('any input', () => {
  const count = fc.integer({ min: 0, max: 5 });
  const time = fc.option(fc.integer({ min: now - 9_000_000, max: now + 9_000_000 }), { nil: null });
  const lag = { name: 'lag', signal: 'event_loop_lag_ms', aggregate: 'p95', minimumSample: 1, inconclusiveLimit: 1 } as const;
  const analysis: Analysis = { intervalMs: 60_000, count: 2, metrics: [{ ...lag, successCondition: { is: 'below', value: 0.5 } }] };
  const anyNumbers = { name: fc.constant('lag'), sample: count, value: fc.option(fc.integer()), baseline: fc.option(fc.integer()) };
  const anyResult = fc.record({ ...anyNumbers, outcome: fc.constantFrom(...measurementOutcomes) });
  const anyMeasurements = fc.array(fc.record({ at: fc.constantFrom(now - 60_000, now), results: fc.array(anyResult, { maxLength: 1 }) }), {
    maxLength: 2,
  });
  const anyPending = fc.option(fc.array(fc.record(anyNumbers), { maxLength: 1 }));
  const anyWave = fc.record({
    state: fc.constantFrom(...waveStates),
    startedAt: time,
    deadlineAt: time,
    soakStartedAt: time,
    gateForced: fc.boolean(),
    counts: fc.record({
      scheduled: count,
      queued: count,
      offered: count,
      applying: count,
      succeeded: count,
      failed: count,
      canceled: count,
      skipped: count,
    }),
    unhealthySucceeded: count,
    lastUnhealthyAt: time,
    approvals: count,
    analysis: fc.option(fc.record({ startedAt: fc.constantFrom(now - 90_000, now), measurements: anyMeasurements, pending: anyPending })),
    offerable: fc.record({
      queue: count,
      now: count,
      waits: fc.constantFrom<readonly OfferWait[]>([], [{ cause: 'window', name: 'Europe/Vienna', devices: 2, until: now + 60_000 }]),
    }),
  });
  const anyInput = fc
    .record({
      state: fc.constantFrom(...rolloutStates),
      cause: fc.constantFrom('person' as const, 'breach' as const, 'inconclusive' as const, 'regress' as const),
      onBreach: fc.constantFrom('pause' as const, 'abort' as const, 'roll_back' as const),
      waves: fc.array(anyWave, { maxLength: 3 }),
      handedToRollback: count,
      rollBack: fc.boolean(),
    })
    .map(({ state, cause, onBreach, waves, handedToRollback, rollBack }) =>
      input(
        waves.map((values, index) => ({ ...values, index })),
        {
          policy: { ...canaryPolicy, onBreach, waves: [strictWave, { ...strictWave, soakMs: 60_000, analysis }, strictWave] },
          rollout: rollout({
            state,
            pause: state === 'paused' ? { cause, wave: 0, at: now - 1_000 } : null,
            abort: state === 'aborting' ? { cause: 'breach', rollBack } : null,
            handedToRollback,
          }),
        },
      ),
    );

  it('when it is asked, it answers: with a decision or a named blocker unless the rollout has ended, and twice the same', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const step = decide(given);
        const hasEnded = (terminalRolloutStates as readonly string[]).includes(given.rollout.state);
        expect(step.decisions.length + step.blockers.length > 0).toBe(!hasEnded);
        expect(decide(given)).toEqual(step);
      }),
      { numRuns: 1_000 },
    );
  });

  it('when it decides, the states that the decision expects are the ones it was given', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const first = decide(given).decisions[0];
        if (first === undefined) return;
        expect(first.expects.rollout).toContain(given.rollout.state);
        const concerned = 'wave' in first ? given.waves[first.wave] : undefined;
        if (concerned !== undefined) expect(first.expects.wave).toContain(concerned.state);
      }),
      { numRuns: 1_000 },
    );
  });

  it('when it is not running, it starts and offers nothing', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const starts = decide(given).decisions.filter(({ kind }) => ['start_wave', 'queue_wave', 'offer_wave'].includes(kind));
        if (given.rollout.state !== 'running') expect(starts).toEqual([]);
      }),
    );
  });
});
