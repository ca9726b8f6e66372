/**
 * What each deployment state means to the engine. INVARIANTS
 * - Every state of the contracts has exactly one row: a new state does not compile until it is decided here.
 * - A terminal state never changes again (15); `applying` is the point of no return for a cancel.
 */
import type { DeploymentState, FailureType, RolloutState, WaveState } from '@sluice/contracts';
import { assertNever } from './assert-never.ts';

/**
 * How a deployment counts in its wave's threshold gate:
 * `open` may still end either way · `success` · `failure` · `neither` is eligible but evidence of nothing (canceled, superseded) ·
 * `not_eligible` leaves the denominator (removed; skipped as not applicable or already current).
 */
export type GateClass = 'open' | 'success' | 'failure' | 'neither' | 'not_eligible';

interface DeploymentStateRule {
  readonly terminal: boolean;
  /** A cancel may close it: the device has not begun to change. */
  readonly cancellable: boolean;
  readonly countsAs: GateClass;
  /** Place in the order a deployment runs through; reports only ever move it to a higher rank. Terminal states share the last rank. */
  readonly rank: number;
}

const waiting = (rank: number): DeploymentStateRule => ({ terminal: false, cancellable: true, countsAs: 'open', rank });
const changing = (rank: number): DeploymentStateRule => ({ terminal: false, cancellable: false, countsAs: 'open', rank });
const ended = (countsAs: GateClass): DeploymentStateRule => ({ terminal: true, cancellable: false, countsAs, rank: 10 });

export const deploymentStateRules = {
  scheduled: waiting(0),
  queued: waiting(1),
  offered: waiting(2),
  accepted: waiting(3),
  downloading: waiting(4),
  staged: waiting(5),
  awaiting_window: waiting(6),
  awaiting_consent: waiting(7),
  applying: changing(8),
  verifying: changing(9),
  succeeded: ended('success'),
  failed: ended('failure'),
  rolled_back: ended('failure'),
  rollback_failed: ended('failure'),
  rejected: ended('failure'),
  timed_out: ended('failure'),
  canceled: ended('neither'),
  superseded: ended('neither'),
  skipped: ended('not_eligible'),
  removed: ended('not_eligible'),
} as const satisfies Readonly<Record<DeploymentState, DeploymentStateRule>>;

const allStates = Object.keys(deploymentStateRules) as readonly DeploymentState[];

/** The ends that count as a failure. */
export const failureTypes = Object.keys({
  failed: true,
  rolled_back: true,
  rollback_failed: true,
  rejected: true,
  timed_out: true,
} satisfies Record<FailureType, true>) as readonly FailureType[];

/** States that have not ended, in the order a deployment runs through. */
export const openDeploymentStates: readonly DeploymentState[] = allStates.filter((state) => !deploymentStateRules[state].terminal);

/** Open and with the device: a device has at most one such deployment (4). */
export const activeDeploymentStates: readonly DeploymentState[] = openDeploymentStates.filter((state) => state !== 'scheduled');

/** Active and told to the device, which is or may soon be unavailable. */
export const offeredDeploymentStates: readonly DeploymentState[] = activeDeploymentStates.filter((state) => state !== 'queued');

/** States that a cancel may still close: everything before `applying`. */
export const cancellableDeploymentStates: readonly DeploymentState[] = allStates.filter((state) => deploymentStateRules[state].cancellable);

export function isTerminalDeploymentState(state: DeploymentState): boolean {
  return deploymentStateRules[state].terminal;
}

/**
 * What the control plane itself does to deployments: `UPDATE … SET state = to WHERE state = ANY(from)` is the whole compare-and-set.
 * Deployments in any other state are left alone.
 */
export const deploymentCommands = {
  queue: { from: ['scheduled'], to: 'queued' },
  offer: { from: ['queued'], to: 'offered' },
  cancel: { from: cancellableDeploymentStates, to: 'canceled' },
  time_out: { from: openDeploymentStates, to: 'timed_out' },
  skip: { from: ['scheduled', 'queued', 'offered'], to: 'skipped' },
  remove: { from: openDeploymentStates, to: 'removed' },
  supersede: { from: openDeploymentStates, to: 'superseded' },
} as const satisfies Readonly<Record<string, { readonly from: readonly DeploymentState[]; readonly to: DeploymentState }>>;
export type DeploymentCommand = keyof typeof deploymentCommands;

export function isTerminalRolloutState(state: RolloutState): boolean {
  switch (state) {
    case 'draft':
    case 'pending_approval':
    case 'scheduled':
    case 'running':
    case 'paused':
    case 'aborting':
      return false;
    case 'succeeded':
    case 'completed_with_failures':
    case 'failed':
    case 'aborted':
    case 'superseded':
    case 'rejected':
      return true;
    default:
      return assertNever(state);
  }
}

export function isTerminalWaveState(state: WaveState): boolean {
  switch (state) {
    case 'pending':
    case 'awaiting_gate':
    case 'running':
    case 'soaking':
    case 'analyzing':
      return false;
    case 'succeeded':
    case 'failed':
    case 'skipped':
    case 'aborted':
      return true;
    default:
      return assertNever(state);
  }
}
