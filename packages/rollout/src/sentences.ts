import type { FailureType } from '@sluice/contracts';
import { assertNever } from './assert-never.ts';
import type { DecisionNumbers, ReasonCode } from './decision.ts';
import { effectiveMinimumSample, exceededLimit, sampleOf } from './gate.ts';

/** How people count: `1 device`, `3 devices`. */
export function devices(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}

/** The name of a wave for people, who count from 1. */
export function waveName(index: number | null): string {
  return index === null ? 'The rollout' : `Wave ${index + 1}`;
}

/** Where a metric decided, the decision has a sentence of its own: see `analysis-sentences.ts`. */
const analysisWords = {
  analysis_begun: 'is measured from now on',
  measured: 'was measured',
  analysis_passed: 'passed its analysis: every metric that decides met its conditions',
  analysis_failed: 'failed its analysis',
  analysis_inconclusive: 'could not be judged by its analysis',
} as const satisfies Partial<Record<ReasonCode, string>>;

const isOfAnalysis = (code: ReasonCode): code is keyof typeof analysisWords => code in analysisWords;

/** What a decision is about: a wave, and how many of its devices. */
type Scope = { wave: number | null; count: number | null };

/** Of the devices that were not offered the release before, those that are now, and those that wait on. */
function offered(name: string, unoffered: number, count: number): string {
  const waiting = unoffered - count;
  return `${name} offers the release to ${devices(count)}${waiting > 0 ? `; ${waiting} more wait` : ''}.`;
}

/** The sentence for people that goes with a reason. */
export function sentenceFor(code: ReasonCode, numbers: DecisionNumbers, { wave, count }: Scope): string {
  const name = waveName(wave);
  if (isOfAnalysis(code)) return `${name} ${analysisWords[code]}.`;
  const { eligible, succeeded, failed, neither, open, unhealthy, threshold } = numbers;
  switch (code) {
    case 'approved':
      return wave === null ? 'Enough people approved the rollout.' : `Enough people approved ${name.toLowerCase()}.`;
    case 'rejected_by_person':
      return 'A person rejected it.';
    case 'approval_needed':
      return `${name} starts when enough people have approved it.`;
    case 'start_due':
      return 'The rollout is approved and its start time has come.';
    case 'first_wave':
      return `${name} is the first with devices to update.`;
    case 'previous_wave_passed':
      return `${name} starts because every wave before it passed its gates or was forced.`;
    case 'wave_started':
      return `${name} runs: the release is for ${devices(numbers.unoffered)} of it.`;
    case 'devices_queued':
      return offered(name, numbers.unoffered, count ?? numbers.unoffered);
    case 'threshold_met':
      return `${name} met its threshold: ${succeeded} of ${devices(eligible)} succeeded, ${failed} failed, ${open} open.`;
    case 'soak_completed':
      return `${name} stayed healthy for its whole soak time.`;
    case 'soak_limit_reached':
      return `${name} could not stay healthy without a break, but its ${devices(unhealthy)} now unhealthy are within the error percent and its time is over.`;
    case 'device_unhealthy_during_soak':
      return `${name}: a device became unhealthy after its update, so the soak time starts again.`;
    case 'devices_healthy_again':
      return `${name}: all its updated devices are healthy again, so the soak time runs from now.`;
    case 'error_percent_exceeded':
      return `${name}: ${failed} of ${devices(eligible)} failed, more than the ${threshold?.errorPercent ?? 0} % allowed.`;
    case 'failure_limit_exceeded':
      return failureLimitSentence(name, numbers);
    case 'success_percent_unreachable':
      return `${name}: at most ${succeeded + open} of ${devices(eligible)} can still succeed, fewer than the ${threshold?.successPercent ?? 0} % required.`;
    case 'sample_too_small':
      return `${name}: only ${sampleOf(numbers)} of ${devices(eligible)} gave evidence (${neither} were canceled or superseded), ${threshold === null ? 0 : effectiveMinimumSample(threshold, eligible)} are needed to judge.`;
    case 'passed_wave_regressed':
      return `${name} passed, but ${devices(unhealthy)} of it became unhealthy since: it would no longer meet its threshold.`;
    case 'no_eligible_device':
      return `${name} has no device to update and proves nothing.`;
    case 'gate_forced':
      return `${name} is over because a person forced its gates: ${succeeded} of ${devices(eligible)} succeeded, ${failed} failed.`;
    case 'wave_failed':
      return `${name} failed.`;
    case 'deadline_passed':
      return `${name}: ${devices(open)} did not finish before the deadline.`;
    case 'devices_offline':
      return `${name}: devices that are not there are not waited for.`;
    case 'rollout_aborting':
      return 'The rollout is being aborted: what has not begun to change is canceled.';
    case 'requested_by_person':
      return 'A person asked for it.';
    case 'abort_completed':
      return `The abort is complete: ${succeeded} of ${devices(eligible)} succeeded, ${failed} failed, ${neither} were canceled or superseded.`;
    case 'all_succeeded':
      return eligible === 1
        ? 'The only device runs the release and is healthy.'
        : `All ${devices(eligible)} run the release and are healthy.`;
    case 'some_not_succeeded':
      return `${succeeded} of ${devices(eligible)} succeeded, ${failed} failed, ${neither} were canceled or superseded.`;
    case 'nothing_to_do':
      return 'No device needed the release.';
    default:
      return assertNever(code);
  }
}

function failureLimitSentence(name: string, numbers: DecisionNumbers): string {
  const type = numbers.threshold === null ? undefined : exceededLimit(numbers, numbers.threshold);
  if (type === undefined) return `${name}: more devices failed in one way than is allowed.`;
  const limit = numbers.threshold?.failureLimits?.[type] ?? 0;
  return `${name}: ${numbers.failures[type]} of ${devices(numbers.eligible)} ${failureWords[type]}, more than the ${limit} % allowed for that.`;
}

const failureWords: Readonly<Record<FailureType, string>> = {
  failed: 'failed before anything changed',
  rolled_back: 'went back to what they ran before',
  rollback_failed: 'could not go back',
  rejected: 'refused the release',
  timed_out: 'did not finish in time',
};
