/** Invariant of reasons: a decision is made for one of its own reasons (9), and the reason is true of the numbers, counted once more. */
import type { Decision, DecisionKind, ReasonCode } from '../decision.ts';
import type { PauseInput } from '../engine-input.ts';
import type { RolloutRequest } from '../request.ts';
import type { Finding } from './invariants-of-state.ts';
import { rulesOf, type Tally, tally, verdict } from './oracle.ts';
import type { World } from './world.ts';

const breaches = ['error_percent_exceeded', 'failure_limit_exceeded', 'success_percent_unreachable'] as const;

/** A new kind of decision does not compile until it has its reasons. */
const reasonsOf: Readonly<Record<DecisionKind, readonly ReasonCode[]>> = {
  approve_rollout: ['approved'],
  reject_rollout: ['rejected_by_person'],
  await_gate: ['approval_needed'],
  start_rollout: ['start_due'],
  start_wave: ['first_wave', 'previous_wave_passed', 'approved', 'requested_by_person'],
  queue_wave: ['wave_started'],
  offer_wave: ['devices_queued'],
  set_aside: ['devices_offline'],
  begin_soak: ['threshold_met'],
  restart_soak: ['device_unhealthy_during_soak', 'devices_healthy_again'],
  begin_analysis: ['analysis_begun'],
  record_measurement: ['measured'],
  complete_wave: ['analysis_passed', 'threshold_met', 'soak_completed', 'soak_limit_reached', 'gate_forced'],
  fail_wave: [...breaches, 'analysis_failed', 'gate_forced'],
  skip_wave: ['no_eligible_device'],
  abort_wave: ['rollout_aborting'],
  time_out_wave_deployments: ['deadline_passed'],
  pause_rollout: [
    ...breaches,
    'analysis_failed',
    'analysis_inconclusive',
    'sample_too_small',
    'passed_wave_regressed',
    'requested_by_person',
    'wave_failed',
  ],
  resume_rollout: ['requested_by_person'],
  force_gate: ['requested_by_person'],
  begin_abort: [...breaches, 'analysis_failed', 'requested_by_person', 'wave_failed'],
  cancel_cancellable: ['rollout_aborting'],
  roll_back_changed_devices: ['rollout_aborting'],
  finish_rollout: ['all_succeeded', 'some_not_succeeded', 'nothing_to_do', 'abort_completed', 'wave_failed'],
};

/** 9: each decision has a reason of its own kind, and a sentence. */
export function invariant09ReasonsFit({ kind, why }: Decision): Finding {
  if (!reasonsOf[kind].includes(why.code)) return `${kind} for the reason ${why.code}`;
  return why.sentence.trim() === '' ? `${kind} without a word` : null;
}

/** 9: why the engine decided something. To be asked before it is carried out. */
export function invariant09ReasonsAreTrue(world: World, decision: Decision): Finding {
  const { kind, why } = decision;
  const wave = 'wave' in decision ? decision.wave : decision.kind === 'pause_rollout' ? decision.causeWave : null;
  const numbers = tally(world, wave);
  return isTrue(world, decision, wave, numbers) ? null : `${kind} because of ${why.code}, which is not so: ${JSON.stringify(numbers)}`;
}

function isTrue(world: World, decision: Decision, wave: number | null, numbers: Tally): boolean {
  const stored = wave === null ? undefined : world.store.waves[wave];
  switch (decision.why.code) {
    case 'first_wave':
      return stored?.state === 'pending' && world.store.waves.every(({ index, state }) => index >= stored.index || state === 'skipped');
    case 'previous_wave_passed':
      return stored?.state === 'pending' && world.store.waves.some(({ index, state }) => index < stored.index && state !== 'skipped');
    case 'approved':
      return stored === undefined || stored.state === 'awaiting_gate';
    case 'threshold_met':
      return stored?.gateForced === false && (decision.kind === 'begin_soak' || (rulesOf(world, stored.index)?.soakMs ?? 0) === 0);
    case 'device_unhealthy_during_soak':
      return stored?.soakStartedAt !== null;
    case 'devices_healthy_again':
      return stored?.soakStartedAt === null && stored.unhealthySucceeded === 0;
    case 'soak_completed':
    case 'soak_limit_reached':
      return (
        stored?.state === 'soaking' &&
        (stored.unhealthySucceeded > 0 || decision.why.code === 'soak_completed' || isBroken(world, stored.index))
      );
    case 'gate_forced':
      return stored?.gateForced === true;
    case 'nothing_to_do':
      return numbers.eligible === 0;
    case 'all_succeeded':
      return numbers.eligible > 0 && numbers.succeeded === numbers.eligible;
    case 'some_not_succeeded':
      return numbers.succeeded < numbers.eligible;
    case 'abort_completed':
      return world.store.rollout.abort?.cause === 'person';
    default:
      return wave === null || isBreachAsNamed(world, decision, wave);
  }
}

/** 33: what a person asked for and was granted is so at once. `pause`: that of the moment before. */
export function invariantPeopleAreObeyed({ store }: World, request: RolloutRequest, pause: PauseInput | null): Finding {
  const states = {
    pause: 'paused',
    resume: 'running',
    advance: 'running',
    abort: 'aborting',
    roll_back: 'aborting',
    reject: 'rejected',
  } as const;
  const { state, abort } = store.rollout;
  if (state !== states[request]) return `after ${request} the rollout is ${state}`;
  const forced = request === 'resume' && pause !== null && pause.cause !== 'person' ? store.waves[pause.wave ?? -1] : undefined;
  if (forced?.gateForced === false) return `the gates of wave ${forced.index} were not forced by ${request}`;
  const isForced = request !== 'advance' || store.waves.some(({ gateForced, state: wave }) => gateForced || wave === 'running');
  if (!isForced) return 'after advance no wave is forced or runs';
  const rollsBack = request === 'roll_back' && abort?.rollBack !== true;
  return rollsBack || (request === 'abort' && abort?.rollBack !== false) ? `after ${request} it rolls back: ${abort?.rollBack}` : null;
}

/** Whether the soak of a wave was interrupted, so that only its limit could end it. */
function isBroken(world: World, wave: number): boolean {
  return world.unhealthySpans.some((span) => span.wave === wave);
}

function isBreachAsNamed(world: World, { why }: Decision, wave: number): boolean {
  const threshold = rulesOf(world, wave)?.threshold;
  if (threshold === undefined) return true;
  const { eligible, succeeded, failed, open, failures } = tally(world, wave);
  const isOverLimit = Object.entries(threshold.failureLimits ?? {}).some(([type, limit]) => (failures[type] ?? 0) * 100 > limit * eligible);
  const isOverError = failed * 100 > threshold.errorPercent * eligible;
  switch (why.code) {
    case 'error_percent_exceeded':
      return isOverError;
    case 'failure_limit_exceeded':
      return isOverLimit && !isOverError;
    case 'success_percent_unreachable':
      return (succeeded + open) * 100 < threshold.successPercent * eligible && !isOverError && !isOverLimit;
    case 'passed_wave_regressed':
      return world.store.waves[wave]?.state === 'succeeded' && verdict(tally(world, wave), threshold) === 'breached';
    case 'sample_too_small':
      return open === 0 && verdict(tally(world, wave), threshold) === 'open';
    case 'no_eligible_device':
      return eligible === 0;
    case 'wave_failed':
      return ['failed', 'aborted'].includes(world.store.waves[wave]?.state ?? '');
    default:
      return true;
  }
}
