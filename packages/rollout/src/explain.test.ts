import { describe, expect, it } from 'vitest';
import type { EngineInput, WaveInput } from './engine-input.ts';
import { blockersOf } from './explain.ts';
import type { DeploymentSituation, DeviceSituation } from './explain-device.ts';

const now = Date.UTC(2026, 10, 22, 12);
const minute = 60_000;
const deployment: DeploymentSituation = {
  state: 'queued',
  wave: 1,
  attempt: 1,
  rollout: 'r7 to Plant',
  offeredAt: null,
  retryAt: null,
  deadlineAt: now + 60 * minute,
  code: null,
  message: null,
  window: null,
  fullBudgets: [],
  higherPriority: [],
};
const device: DeviceSituation = {
  now,
  approval: 'approved',
  ahead: null,
  isOnline: true,
  lastSeenAt: now,
  reportedAt: now,
  desiredRevision: 3,
  desiredSince: now - 10 * minute,
  reconciledRevision: 3,
  refusal: null,
  deployment,
};
const wave = (index: number, more: Partial<WaveInput>): WaveInput => ({
  index,
  state: 'pending',
  startedAt: null,
  deadlineAt: now + 60 * minute,
  soakStartedAt: null,
  gateForced: false,
  counts: { queued: 1 },
  unhealthySucceeded: 0,
  lastUnhealthyAt: null,
  approvals: 0,
  analysis: null,
  offerable: { queue: 0, now: 0, waits: [] },
  ...more,
});
const wavePolicy = { size: { kind: 'rest' }, threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 }, soakMs: 0 } as const;
const engine: EngineInput = {
  policy: { waves: [wavePolicy, wavePolicy, wavePolicy], order: 'name', deploymentDeadlineMs: 60 * minute, onBreach: 'pause' },
  policyVersion: 1,
  rollout: {
    state: 'running',
    purpose: 'update',
    startAt: null,
    startedAt: now,
    pause: null,
    abort: null,
    handedToRollback: 0,
    approvals: 0,
    freeze: null,
    offers: { offered: 0, minuteStartedAt: null, inMinute: 0 },
  },
  waves: [
    wave(0, { state: 'succeeded', counts: { succeeded: 1 } }),
    wave(1, { state: 'running', counts: { verifying: 1 } }),
    wave(2, { counts: { scheduled: 1 } }),
  ],
  now,
};

type Change = { device?: Partial<DeviceSituation>; deployment?: Partial<DeploymentSituation> | null; engine?: EngineInput | null };
const ask = (change: Change) => {
  const own = change.deployment === null ? null : { ...deployment, ...change.deployment };
  return blockersOf(change.engine === undefined ? engine : change.engine, {
    kind: 'device',
    device: { ...device, ...change.device, deployment: own },
  });
};
const first = (change: Change) => ask(change)[0];

describe('blockersOf', () => {
  it('when a wave is later than the one that runs, it waits for that one and for what holds it', () => {
    const found = blockersOf(engine, { kind: 'wave', index: 2 });
    expect(found.map(({ code }) => code)).toEqual(['wave_not_started', 'waiting_for_devices']);
    expect(found[0]).toMatchObject({ sentence: 'Wave 3 has not started: wave 2 comes first.', wave: 2 });
    expect(blockersOf(engine, { kind: 'wave', index: 0 })).toEqual([]);
    expect(blockersOf(engine, { kind: 'rollout' })).toEqual(blockersOf(engine, { kind: 'wave', index: 1 }));
    expect(blockersOf(engine, { kind: 'rollout' })[0]).toMatchObject({ until: now + 60 * minute, numbers: { open: 1 } });
  });

  it('when a device is of a later wave, its answer says which wave comes first', () => {
    expect(ask({ deployment: { state: 'scheduled', wave: 2 } }).map(({ code }) => code)).toEqual([
      'wave_not_started',
      'waiting_for_devices',
    ]);
  });

  it.each<[string, Change, string, RegExp]>([
    [
      'its attempt failed',
      { deployment: { retryAt: now + minute, code: 'DISK' } },
      'waiting_for_retry',
      /Attempt 1 failed \(DISK\).*12:01/,
    ],
    [
      'its window is closed',
      { deployment: { window: { zone: 'Asia/Tokyo', open: false, opensAt: now + minute } } },
      'outside_window',
      /\(Asia\/Tokyo\).*12:01/,
    ],
    ['its window is over', { deployment: { window: { zone: 'UTC', open: false, opensAt: null } } }, 'outside_window', /never opens again/],
    [
      'its budget is used',
      { deployment: { fullBudgets: [{ name: 'Cells', limit: 2, unavailable: 3, users: ['a', 'b'] }] } },
      'budget_exhausted',
      /2 devices may be unavailable, and 3 are: a, b and others/,
    ],
    [
      'another rollout comes first',
      { deployment: { state: 'scheduled', higherPriority: ['hot to Plant'] } },
      'higher_priority_rollout',
      /hot to Plant has priority/,
    ],
    ['nothing holds it', {}, 'device_not_started', /about to be told/],
    ['it was told', { deployment: { state: 'offered' } }, 'device_changing', /has not answered yet, until .*13:00/],
    ['it works', { deployment: { state: 'verifying', attempt: 2 } }, 'device_changing', /checks it \(attempt 2\)/],
    [
      'it is offline',
      { deployment: { state: 'offered' }, device: { isOnline: false, lastSeenAt: now - minute } },
      'device_offline',
      /last seen at .*11:59.*times out at .*13:00/,
    ],
    [
      'it was never seen',
      { deployment: null, engine: null, device: { isOnline: false, lastSeenAt: null, reconciledRevision: 0 } },
      'device_offline',
      /never been in touch/,
    ],
    [
      'its agent is in touch but does nothing',
      { deployment: { state: 'offered' }, device: { reconciledRevision: 2, reportedAt: now - 9 * minute } },
      'device_not_reconciling',
      /last reported at .*11:51.* revision 2, not 3/,
    ],
    [
      'it refuses',
      { deployment: { state: 'offered' }, device: { refusal: { code: 'EXPIRED', detail: 'It is over.', at: now } } },
      'device_refuses',
      /\(EXPIRED\): It is over/,
    ],
    ['it waits for admission', { device: { approval: 'pending' } }, 'device_pending_approval', /waits to be admitted/],
    ['it is quarantined', { device: { approval: 'quarantined' } }, 'device_quarantined', /share its identity/],
    ['it is revoked', { device: { approval: 'revoked' } }, 'device_revoked', /revoked/],
    [
      'the server was restored',
      { device: { ahead: { since: now, deviceRevision: 9, knownRevision: 3 } } },
      'server_restored',
      /knows more than the control plane/,
    ],
    ['no rollout has it', { deployment: null, engine: null }, 'no_rollout', /No rollout has chosen/],
    ['its rollout let it go', { deployment: { state: 'canceled' } }, 'no_rollout', /r7 to Plant ended as canceled/],
    [
      'a variable is missing',
      { deployment: { state: 'failed', code: 'VARIABLE_MISSING', message: 'URL is not set.' } },
      'last_deployment_failed',
      /VARIABLE_MISSING: URL is not set\)\./,
    ],
  ])('when %s, it says so and what to do', (_, change, code, sentence) => {
    const found = first(change);
    expect(found?.code).toBe(code);
    expect(found?.sentence).toMatch(sentence);
    for (const text of [found?.sentence, found?.unblock]) expect(text).toMatch(/^[A-Z].*\.$/);
  });

  it('when it has what it shall run, nothing is to be said', () => {
    expect(ask({ deployment: { state: 'succeeded' } })).toEqual([]);
    expect(ask({ deployment: { state: 'succeeded' }, device: { isOnline: false } })).toEqual([]);
  });

  it('when the rollout is paused, a waiting device says so before what is its own', () => {
    const paused = { ...engine, rollout: { ...engine.rollout, state: 'paused', pause: { cause: 'person', wave: null, at: now } } } as const;
    const found = ask({ engine: paused, deployment: { retryAt: now + minute } });
    expect(found.map(({ code }) => code)).toEqual(['paused_by_person', 'waiting_for_retry']);
    const told = ask({ engine: paused, deployment: { state: 'awaiting_window' } });
    expect(
      told.map(({ code }) => code),
      'its window lets nothing through',
    ).toEqual(['paused_by_person']);
  });
});
