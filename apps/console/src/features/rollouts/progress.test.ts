import type { Wave } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { currentWave, gateNumbers, placeSentence, soakLeftMs } from './progress.ts';

function wave(index: number, state: Wave['state'], more: Partial<Wave> = {}): Wave {
  return {
    index,
    state,
    size: 2,
    counts: {},
    late: false,
    leftOut: 0,
    startedAt: null,
    soakStartedAt: null,
    finishedAt: null,
    reason: null,
    ...more,
  };
}

describe('currentWave', () => {
  it('when the first wave passed, the second is the current one', () => {
    const waves = [wave(0, 'succeeded'), wave(1, 'pending'), wave(2, 'pending')];
    expect(currentWave({ state: 'running', waves, reason: null })?.index).toBe(1);
  });
  it('when the rollout has ended, no wave is current although one never started', () => {
    expect(currentWave({ state: 'failed', waves: [wave(0, 'failed'), wave(1, 'pending')], reason: null })).toBeNull();
  });
});

describe('soakLeftMs', () => {
  const policy = { size: { kind: 'rest' as const }, threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 }, soakMs: 4_000 };
  const start = Date.parse('2026-01-01T00:00:00.000Z');
  const soaking = wave(0, 'soaking', { soakStartedAt: '2026-01-01T00:00:00.000Z' });

  it('when the wave soaks, it counts down and never below zero', () => {
    expect(soakLeftMs(soaking, policy, start + 1_500)).toBe(2_500);
    expect(soakLeftMs(soaking, policy, start + 9_000)).toBe(0);
  });
  it('when the soak time is interrupted or has not begun, there is no countdown', () => {
    expect(soakLeftMs({ ...soaking, soakStartedAt: null }, policy, start)).toBeNull();
    expect(soakLeftMs({ ...soaking, state: 'running' }, policy, start)).toBeNull();
  });
});

describe('placeSentence', () => {
  it('when a wave runs, it says which, of how many, and how far', () => {
    const waves = [wave(0, 'succeeded'), wave(1, 'running', { counts: { succeeded: 1, verifying: 1 } })];
    expect(placeSentence({ state: 'running', waves, reason: null })).toBe('Running: wave 2 of 2, 1 of 2 devices succeeded.');
  });
  it('when it is paused, it says where', () => {
    expect(placeSentence({ state: 'paused', waves: [wave(0, 'running')], reason: null })).toBe('Paused at wave 1 of 1.');
  });
  it('when it failed, it says why', () => {
    expect(placeSentence({ state: 'failed', waves: [wave(0, 'failed')], reason: 'Wave 1 failed.' })).toBe('Failed: Wave 1 failed.');
  });
});

it('when devices are skipped, they leave the denominator of the gate', () => {
  const counts = { succeeded: 1, rolled_back: 1, timed_out: 1, canceled: 1, skipped: 2 };
  expect(gateNumbers({ size: 6, counts })).toEqual({ eligible: 4, succeeded: 1, failed: 2 });
});
