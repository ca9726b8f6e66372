import type { RolloutPolicy } from '@sluice/contracts';
import type { EngineInput, RolloutInput, WaveInput } from '../src/index.ts';

export const now = 1_767_225_600_000;

export const strictWave = {
  size: { kind: 'rest' },
  threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 },
  soakMs: 0,
} as const satisfies RolloutPolicy['waves'][number];

/** A canary wave of one device, then the rest; on breach the changed devices go back. */
export const canaryPolicy: RolloutPolicy = {
  waves: [{ ...strictWave, size: { kind: 'count', count: 1 } }, strictWave],
  order: 'name',
  deploymentDeadlineMs: 3_600_000,
  onBreach: 'roll_back',
};

export function wave(index: number, values: Partial<WaveInput> = {}): WaveInput {
  return {
    index,
    state: 'pending',
    startedAt: null,
    deadlineAt: null,
    soakStartedAt: null,
    gateForced: false,
    counts: {},
    unhealthySucceeded: 0,
    lastUnhealthyAt: null,
    approvals: 0,
    offerable: { queue: 1_000_000, now: 1_000_000, waits: [] },
    analysis: null,
    ...values,
  };
}

export function runningWave(index: number, values: Partial<WaveInput> = {}): WaveInput {
  return wave(index, { state: 'running', startedAt: now - 60_000, deadlineAt: now + 3_540_000, ...values });
}

export function rollout(values: Partial<RolloutInput> = {}): RolloutInput {
  return {
    state: 'running',
    purpose: 'update',
    startAt: null,
    startedAt: now - 60_000,
    pause: null,
    abort: null,
    handedToRollback: 0,
    approvals: 0,
    freeze: null,
    offers: { offered: 0, minuteStartedAt: null, inMinute: 0 },
    ...values,
  };
}

export function input(waves: readonly WaveInput[], values: Partial<EngineInput> = {}): EngineInput {
  return { policy: canaryPolicy, policyVersion: 3, rollout: rollout(), waves, now, ...values };
}
