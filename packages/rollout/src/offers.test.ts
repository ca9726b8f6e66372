import type { RolloutPolicy } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { canaryPolicy, input, now, rollout, runningWave, wave } from '../test/inputs.ts';
import { type ApprovalGiven, countApprovals } from './approvals.ts';
import { decide } from './engine.ts';
import type { EngineInput, OfferWait, RolloutInput, WaveInput } from './engine-input.ts';
import { rateAllowance, rateOf } from './rate.ts';
import { decideRequest } from './request.ts';

const approval = { required: 2, role: 'operator', creatorExcluded: true } as const;
const running = (policy: Partial<RolloutPolicy>, waveValues: Partial<WaveInput>, values: Partial<RolloutInput> = {}): EngineInput =>
  input([runningWave(0, waveValues)], { policy: { ...canaryPolicy, ...policy }, rollout: rollout(values) });

describe('a rate', () => {
  it('when ten a minute are allowed, it offers ten, then names the wait and wakes at the next minute', () => {
    const policy = { rate: { kind: 'constant', perMinute: 10 } } as const;
    const first = decide(running(policy, { counts: { queued: 25 } }));
    expect(first.decisions).toMatchObject([{ kind: 'offer_wave', count: 10, minuteStartedAt: now, offeredBefore: 0 }]);
    const offers = { offered: 10, minuteStartedAt: now - 20_000, inMinute: 10 };
    const second = decide(running(policy, { counts: { queued: 15, offered: 10 } }, { offers }));
    expect(second).toMatchObject({ decisions: [], nextTimerAt: now + 40_000, blockers: [{ code: 'rate_limited' }] });
    expect(second.blockers[0]?.sentence).toBe('15 devices of wave 1 wait: the rate is 10 a minute.');
  });

  it('when it grows, it grows by whole devices and stops at its maximum', () => {
    const rate = {
      kind: 'exponential',
      basePerMinute: 1,
      factorPercent: 150,
      every: 10,
      on: 'succeeded',
      maximumPerMinute: 4,
    } as const;
    const at = (succeeded: number): number => rateOf(rate, { offered: 0, succeeded });
    expect([0, 9, 10, 20, 30, 10_000_000].map(at)).toEqual([1, 1, 2, 3, 4, 4]);
    expect(rateAllowance(rate, { offered: 4, minuteStartedAt: now - 60_000, inMinute: 4 }, 0, now)).toMatchObject({
      allowed: 1,
      minuteStartedAt: now,
    });
  });
});

describe('devices that nothing can hold back', () => {
  const offerable = { queue: 25, now: 0, straight: 25, waits: [] };

  it('when they are queued, they are offered the release in the same step, and by a rate in one of its own', () => {
    const both = decide(running({}, { counts: { scheduled: 25 }, offerable }));
    expect(both.decisions).toMatchObject([
      { kind: 'queue_wave', count: 25 },
      { kind: 'offer_wave', count: 25, offeredBefore: 0, minuteStartedAt: null },
    ]);
    const rate = { kind: 'constant', perMinute: 10 } as const;
    expect(decide(running({ rate }, { counts: { scheduled: 25 }, offerable })).decisions).toMatchObject([
      { kind: 'queue_wave', count: 25 },
    ]);
  });
});

describe('what holds queued devices back', () => {
  const wait = (values: Partial<OfferWait>): OfferWait => ({ cause: 'window', name: '', devices: 3, until: null, ...values });
  const blocked = (values: Partial<OfferWait>) =>
    decide(running({}, { counts: { queued: 3 }, offerable: { queue: 0, now: 0, waits: [wait(values)] } }));

  it.each([
    [
      { cause: 'window', name: 'Europe/Vienna', until: now + 1_000 },
      'outside_window',
      '3 devices of wave 1 wait for the maintenance window (Europe/Vienna), which opens at 2026-01-01T00:00:01.000Z.',
    ],
    [
      { cause: 'budget', name: 'line 3' },
      'budget_exhausted',
      '3 devices of wave 1 wait: the disruption budget line 3 allows no more devices to be unavailable now.',
    ],
    [
      { cause: 'priority', name: 'v9 to prod' },
      'higher_priority_rollout',
      '3 devices of wave 1 wait: the rollout v9 to prod has priority over them.',
    ],
    [
      { cause: 'retry', until: now + 1_000 },
      'waiting_for_retry',
      '3 devices of wave 1 failed and will try again, the first at 2026-01-01T00:00:01.000Z.',
    ],
  ] as const)('when it is %j, the blocker says %s', (values, code, sentence) => {
    const step = blocked(values);
    expect(step).toMatchObject({ decisions: [], blockers: [{ code, sentence, wave: 0 }] });
    expect(step.nextTimerAt).toBe('until' in values ? now + 1_000 : now + 3_540_000);
  });

  it('when some may go on and some wait, those that may are offered', () => {
    const step = decide(running({}, { counts: { queued: 5 }, offerable: { queue: 0, now: 2, waits: [wait({})] } }));
    expect(step.decisions).toMatchObject([{ kind: 'offer_wave', count: 2 }]);
  });
});

describe('a freeze', () => {
  const freeze = { name: 'Stocktaking', until: now + 5_000 };

  it('when it holds, no wave starts and nothing is offered, and what is under way goes on', () => {
    const next = input([wave(0, { counts: { scheduled: 1 } })], { rollout: rollout({ freeze }) });
    expect(decide(next)).toMatchObject({ decisions: [], nextTimerAt: now + 5_000, blockers: [{ code: 'frozen', wave: 0 }] });
    expect(decide(running({}, { counts: { queued: 2, applying: 1 } }, { freeze })).blockers).toMatchObject([{ code: 'frozen' }]);
    expect(decide(running({}, { counts: { applying: 1 } }, { freeze })).blockers).toMatchObject([{ code: 'waiting_for_devices' }]);
  });
});

describe('approvals', () => {
  const given: ApprovalGiven[] = [
    { person: 'ada', role: 'owner', revision: 2 },
    { person: 'ada', role: 'owner', revision: 2 },
    { person: 'ben', role: 'viewer', revision: 2 },
    { person: 'cy', role: null, revision: 2 },
    { person: 'dee', role: 'operator', revision: 1 },
    { person: 'eve', role: 'operator', revision: 2 },
  ];

  it('when they are counted, each person counts once, with the role of today, for the revision of today, and not the creator', () => {
    expect(countApprovals(given, approval, { creator: 'eve', revision: 2 })).toBe(1);
    expect(countApprovals(given, { ...approval, creatorExcluded: false }, { creator: 'eve', revision: 2 })).toBe(2);
    expect(countApprovals(given, { ...approval, role: 'owner' }, { creator: 'eve', revision: 2 })).toBe(1);
  });

  it('when a rollout needs two, it waits for the second, and can be rejected until then', () => {
    const pending = (approvals: number): EngineInput =>
      input([], { policy: { ...canaryPolicy, approval }, rollout: rollout({ state: 'pending_approval', approvals }) });
    expect(decide(pending(1)).blockers).toMatchObject([{ code: 'pending_approval', sentence: 'The rollout has 1 of 2 approvals.' }]);
    expect(decide(pending(2)).decisions).toMatchObject([{ kind: 'approve_rollout' }]);
    expect(decideRequest(pending(1), 'reject')).toMatchObject({ outcome: 'accepted', decisions: [{ kind: 'reject_rollout' }] });
    expect(decideRequest(input([]), 'reject')).toMatchObject({ outcome: 'refused', code: 'not_pending' });
  });

  it('when a wave needs them, it awaits its gate, names what is missing, and starts with the last one', () => {
    const policy = { ...canaryPolicy, waves: canaryPolicy.waves.map((each) => ({ ...each, approval })) };
    const at = (values: Partial<WaveInput>) => decide(input([wave(0, { counts: { scheduled: 1 }, ...values })], { policy }));
    expect(at({}).decisions).toMatchObject([{ kind: 'await_gate', wave: 0 }]);
    expect(at({ state: 'awaiting_gate', approvals: 1 }).blockers).toMatchObject([{ code: 'waiting_for_wave_approval' }]);
    expect(at({ state: 'awaiting_gate', approvals: 2 }).decisions[0]).toMatchObject({ kind: 'start_wave', why: { code: 'approved' } });
  });
});

describe('limits of single failures', () => {
  it('when one kind of failure exceeds its limit, it is a breach though few failed in all', () => {
    const [rest] = canaryPolicy.waves.slice(1);
    if (rest === undefined) throw new RangeError('no wave');
    const threshold = { successPercent: 50, errorPercent: 50, minimumSample: 1, failureLimits: { rollback_failed: 0 } };
    const policy = { waves: [{ ...rest, threshold }] };
    const { decisions } = decide(running(policy, { counts: { succeeded: 9, rollback_failed: 1 } }));
    expect(decisions[0]).toMatchObject({ kind: 'fail_wave', why: { code: 'failure_limit_exceeded' } });
    expect(decisions[0]?.why.sentence).toBe('Wave 1: 1 of 10 devices could not go back, more than the 0 % allowed for that.');
    expect(decide(running(policy, { counts: { succeeded: 9, failed: 1 } })).decisions).toMatchObject([{ kind: 'complete_wave' }]);
    expect(decide(running(policy, { counts: { succeeded: 9, applying: 1 } })).decisions).toEqual([]);
  });
});
