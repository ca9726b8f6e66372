/** The rows of the store of the simulator, and what is written down about each change. */
import type { DeploymentState, RolloutState, WaveState } from '@sluice/contracts';
import type { Measurement } from '../analysis.ts';
import type { AbortInput, PauseInput } from '../engine-input.ts';
import type { OffersInput } from '../rate.ts';

export type DesiredTarget = 'previous' | 'release' | 'republished';

export interface StoredDeployment {
  readonly deviceId: string;
  wave: number;
  state: DeploymentState;
  attempt: number;
  /** Its next attempt is not before. */
  retryAt: number | null;
  unhealthy: boolean;
  /** The device's own time of its last report; data only. */
  saidAt: number | null;
  handedToRollback: boolean;
  /** The device said that it succeeded when that could no longer count. */
  succeededLate: boolean;
  /** What the device shall run; `republished`: what it ran before, with a higher counter; `held`: it waits on, even in its window. */
  desired: { revision: number; target: DesiredTarget; held?: true };
}

export interface StoredWave {
  readonly index: number;
  size: number;
  state: WaveState;
  startedAt: number | null;
  deadlineAt: number | null;
  soakStartedAt: number | null;
  gateForced: boolean;
  lastUnhealthyAt: number | null;
  unhealthySucceeded: number;
  approvals: number;
  analysisStartedAt: number | null;
  measurements: readonly Measurement[];
  readonly counts: Partial<Record<DeploymentState, number>>;
}

export interface StoredRollout {
  state: RolloutState;
  readonly startAt: number | null;
  startedAt: number | null;
  pause: PauseInput | null;
  abort: AbortInput | null;
  handedToRollback: number;
  approvals: number;
  offers: OffersInput;
}

/** One change, as the ledger would record it: who, when, why, from what to what. */
export interface Transition {
  readonly at: number;
  /** When the state was read that it was decided from. */
  readonly decidedAt: number;
  readonly actor: 'engine' | 'person' | 'device';
  readonly cause: string;
  readonly subject: 'rollout' | 'wave' | 'deployment';
  readonly deviceId: string | null;
  readonly wave: number | null;
  readonly from: string;
  readonly to: string;
}

export interface Write {
  readonly actor: Transition['actor'];
  readonly now: number;
  readonly decidedAt: number;
}

/** Who changed something, and when. */
export function authorship({ now, decidedAt, actor }: Write): Pick<Transition, 'at' | 'decidedAt' | 'actor'> {
  return { at: now, decidedAt, actor };
}

const closedWithoutSuccess: readonly DeploymentState[] = [
  'failed',
  'rolled_back',
  'rollback_failed',
  'rejected',
  'timed_out',
  'canceled',
  'removed',
  'skipped',
];

export function isClosedWithoutSuccess(state: DeploymentState): boolean {
  return closedWithoutSuccess.includes(state);
}

/** Told to the device, and not closed without a success. */
export function isUnderWay(state: DeploymentState): boolean {
  return !['scheduled', 'queued', 'skipped', 'removed'].includes(state) && !isClosedWithoutSuccess(state);
}

/** Whether the next wave may follow. */
export function isPassed({ state, gateForced }: StoredWave): boolean {
  return state === 'succeeded' || state === 'skipped' || (state === 'failed' && gateForced);
}

/** Before its start a wave may get devices. */
export function mayTakeIn({ state }: StoredWave): boolean {
  return state === 'pending' || state === 'awaiting_gate';
}
