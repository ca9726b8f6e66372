import type { RolloutState, Threshold, WaveState } from '@sluice/contracts';
import type { MetricResult } from './analysis.ts';
import type { PauseCause } from './engine-input.ts';
import type { GateNumbers } from './gate.ts';

export const reasonCodes = [
  'approved',
  'rejected_by_person',
  'approval_needed',
  'start_due',
  'first_wave',
  'previous_wave_passed',
  'wave_started',
  'devices_queued',
  'threshold_met',
  'soak_completed',
  'soak_limit_reached',
  'analysis_begun',
  'measured',
  'analysis_passed',
  'analysis_failed',
  'analysis_inconclusive',
  'device_unhealthy_during_soak',
  'devices_healthy_again',
  'error_percent_exceeded',
  'failure_limit_exceeded',
  'success_percent_unreachable',
  'sample_too_small',
  'passed_wave_regressed',
  'no_eligible_device',
  'gate_forced',
  'wave_failed',
  'deadline_passed',
  'devices_offline',
  'rollout_aborting',
  'requested_by_person',
  'abort_completed',
  'all_succeeded',
  'some_not_succeeded',
  'nothing_to_do',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

export interface Reason {
  readonly code: ReasonCode;
  /** One sentence for people. */
  readonly sentence: string;
}

/** The numbers a decision was made from (9): of one wave with its threshold, or of the whole rollout. */
export interface DecisionNumbers extends GateNumbers {
  readonly threshold: Threshold | null;
  /** The results of the measurement that the decision takes or rests on. */
  readonly measured?: readonly MetricResult[];
}

/**
 * The states the rows must still have for the decision to be carried out; otherwise drop it and ask the engine again.
 * This is the compare-and-set that makes two controllers equal one (29).
 */
export interface Expectation {
  readonly rollout: readonly RolloutState[];
  /** States of the decision's wave; null when no wave is concerned. */
  readonly wave: readonly WaveState[] | null;
}

interface DecisionBase {
  readonly expects: Expectation;
  readonly why: Reason;
  readonly numbers: DecisionNumbers;
  readonly policyVersion: number;
  /** The `now` of the input. */
  readonly decidedAt: number;
}

/**
 * One change to carry out, in one transaction with its ledger entry. Each does nothing the second time.
 * A list of decisions is carried out in its order; stopping after any of them is safe: the next step finds the rest.
 */
export type Decision = DecisionBase & DecisionChange;

export type DecisionChange =
  /** rollout: state → running, startedAt. */
  | { readonly kind: 'start_rollout'; readonly startedAt: number }
  /** rollout: state → scheduled: enough people approved. */
  | { readonly kind: 'approve_rollout' }
  /** rollout: state → rejected, endedAt. */
  | { readonly kind: 'reject_rollout' }
  /** wave: state → awaiting_gate: it may start once enough people approved. */
  | { readonly kind: 'await_gate'; readonly wave: number }
  /** wave: state → running, startedAt, deadlineAt. */
  | { readonly kind: 'start_wave'; readonly wave: number; readonly startedAt: number; readonly deadlineAt: number }
  /** deployments of the wave: command `queue`. At most `count`; fewer (a batch) is fine. */
  | { readonly kind: 'queue_wave'; readonly wave: number; readonly count: number }
  /**
   * deployments of the wave that may be offered now: command `offer`; the devices' desired state changes in the same transaction. At most
   * `count`. rollout: what was offered is added to `offers`, to the minute `minuteStartedAt` (null: no rate, minutes are not kept).
   * Compare-and-set on `offers.offered`.
   */
  | {
      readonly kind: 'offer_wave';
      readonly wave: number;
      readonly count: number;
      readonly offeredBefore: number;
      readonly minuteStartedAt: number | null;
    }
  /**
   * deployments of the wave whose devices are offline and that were not accepted: command `skip` (`exclude`, with the code OFFLINE), or the
   * same ones into the late wave, `scheduled` again (`late_wave`); desired states go back. At most `count`.
   */
  | { readonly kind: 'set_aside'; readonly wave: number; readonly count: number; readonly action: 'exclude' | 'late_wave' }
  /** wave: state → soaking, soakStartedAt (null: a device is unhealthy, the time does not run yet), deadlineAt (later only if it had passed). */
  | { readonly kind: 'begin_soak'; readonly wave: number; readonly soakStartedAt: number | null; readonly deadlineAt: number }
  /** wave: soakStartedAt. */
  | { readonly kind: 'restart_soak'; readonly wave: number; readonly soakStartedAt: number | null }
  /** wave: state → analyzing, analysisStartedAt. */
  | { readonly kind: 'begin_analysis'; readonly wave: number; readonly startedAt: number }
  /** wave: one more measurement, after `measurementsBefore` others. Compare-and-set on their number. */
  | {
      readonly kind: 'record_measurement';
      readonly wave: number;
      readonly measurementsBefore: number;
      readonly measuredAt: number;
      readonly results: readonly MetricResult[];
    }
  /** wave: state → succeeded. */
  | { readonly kind: 'complete_wave'; readonly wave: number }
  /** wave: state → failed. */
  | { readonly kind: 'fail_wave'; readonly wave: number }
  /** wave: state → skipped: it has no eligible device. */
  | { readonly kind: 'skip_wave'; readonly wave: number }
  /** wave: state → aborted. */
  | { readonly kind: 'abort_wave'; readonly wave: number }
  /** deployments of the wave: command `time_out`; desired states go back. At most `count`. */
  | { readonly kind: 'time_out_wave_deployments'; readonly wave: number; readonly count: number }
  /** rollout: state → paused, pause = {cause, wave: causeWave, at: pausedAt}. */
  | { readonly kind: 'pause_rollout'; readonly cause: PauseCause; readonly causeWave: number | null; readonly pausedAt: number }
  /** rollout: state → running, pause = null; deadlineAt of every started wave += extendDeadlinesByMs. */
  | { readonly kind: 'resume_rollout'; readonly extendDeadlinesByMs: number }
  /** wave: gateForced = true, by the person who asked. */
  | { readonly kind: 'force_gate'; readonly wave: number }
  /** rollout: state → aborting, abort = {cause, rollBack}, pause = null; deadlineAt of every started wave += extendDeadlinesByMs. */
  | {
      readonly kind: 'begin_abort';
      readonly cause: 'person' | 'breach';
      readonly rollBack: boolean;
      readonly extendDeadlinesByMs: number;
    }
  /** deployments of all waves: command `cancel`; desired states go back. At most `count`. */
  | { readonly kind: 'cancel_cancellable'; readonly count: number }
  /**
   * A rollback rollout is created over the devices of this rollout that succeeded and are in no rollback of it yet;
   * handedToRollback: `handedToRollback` → the number of devices now in one. Compare-and-set on the old value.
   */
  | { readonly kind: 'roll_back_changed_devices'; readonly count: number; readonly handedToRollback: number }
  /** rollout: state → `state`, endedAt. Compare-and-set on `abort.rollBack` (no abort: false): a person may ask for it at the last moment. */
  | {
      readonly kind: 'finish_rollout';
      readonly rollBack: boolean;
      readonly state: Extract<RolloutState, 'succeeded' | 'completed_with_failures' | 'failed' | 'aborted'>;
    };

export type DecisionKind = DecisionChange['kind'];

export const blockerCodes = [
  'draft',
  'pending_approval',
  'waiting_for_start_time',
  'waiting_for_wave_approval',
  'frozen',
  'rate_limited',
  'outside_window',
  'budget_exhausted',
  'higher_priority_rollout',
  'waiting_for_retry',
  'server_restored',
  'waiting_for_devices',
  'devices_offline',
  'held',
  'soaking',
  'soak_interrupted',
  'analyzing',
  'paused_by_person',
  'paused_by_breach',
  'paused_inconclusive',
  'paused_by_regress',
  'draining',
] as const;
export type BlockerCode = (typeof blockerCodes)[number];

/** Why a single device does not move, beyond what holds its rollout. */
export const deviceBlockerCodes = [
  'device_pending_approval',
  'device_quarantined',
  'device_revoked',
  'device_offline',
  'device_not_reconciling',
  'device_refuses',
  'device_changing',
  'device_not_started',
  'wave_not_started',
  'last_deployment_failed',
  'no_rollout',
] as const;
export type DeviceBlockerCode = (typeof deviceBlockerCodes)[number];

/**
 * Why nothing moves right now, and what would change that. Moments in sentences are ISO 8601 in UTC: whoever shows them to a person puts them
 * into the person's time zone.
 */
export interface Blocker {
  readonly code: BlockerCode | DeviceBlockerCode;
  readonly sentence: string;
  readonly unblock: string;
  /** Null: it concerns the rollout, or a device apart from any wave. */
  readonly wave: number | null;
  /** When it ends by itself, epoch milliseconds; null: when something else happens. */
  readonly until: number | null;
  /** What the sentence says, for programs. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** What the engine answers. No decisions and no blockers: the rollout has ended. */
export interface EngineStep {
  readonly decisions: readonly Decision[];
  readonly blockers: readonly Blocker[];
  /** When to ask again even if nothing is reported; null: only a report or a person can change anything. */
  readonly nextTimerAt: number | null;
}
