import type { RolloutPolicy, WavePolicy, WaveSize } from '@sluice/contracts';
import { analysisProblems } from './analysis-problems.ts';
import { windowProblem } from './windows.ts';

export type PolicyProblemCode =
  | 'no_waves'
  | 'percent_does_not_grow'
  | 'rest_not_last'
  | 'last_wave_leaves_devices'
  | 'wave_after_everyone'
  | 'thresholds_contradict'
  | 'threshold_checks_nothing'
  | 'soak_longer_than_deadline'
  | 'window_malformed'
  | 'offline_longer_than_deadline'
  | 'metric_name_taken'
  | 'metric_without_condition'
  | 'kpi_not_named'
  | 'baseline_not_named'
  | 'baseline_never_there'
  | 'bound_too_fine'
  | 'limit_never_reached';

export interface PolicyProblem {
  /** JSON pointer (RFC 6901) into the policy. */
  readonly pointer: string;
  readonly code: PolicyProblemCode;
  /** An `error` must be refused; a `warning` is shown. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** What is wrong with a policy beyond its schema. An empty list: nothing. */
export function validatePolicy(policy: RolloutPolicy): readonly PolicyProblem[] {
  if (policy.waves.length === 0) return [error('/waves', 'no_waves', 'A policy needs at least one wave.')];
  return [
    ...sizeProblems(policy.waves.map(({ size }) => size)),
    ...sizeProblems(policy.rollback?.waves ?? [], (index) => `/rollback/waves/${index}`),
    ...policy.waves.flatMap(thresholdProblems),
    ...soakProblems(policy),
    ...windowProblems(policy),
    ...offlineProblems(policy),
    ...analysisProblems(policy),
  ];
}

const lastWaveMessage = 'The last wave must reach every device that is left: make it "rest" or 100 percent.';

function sizeProblems(sizes: readonly WaveSize[], pointerOf = (index: number): string => `/waves/${index}/size`): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  let highestPercent = 0;
  for (const [index, size] of sizes.entries()) {
    const isLast = index === sizes.length - 1;
    const pointer = pointerOf(index);
    if (size.kind === 'labels') {
      if (isLast) problems.push(error(pointer, 'last_wave_leaves_devices', lastWaveMessage));
      continue;
    }
    if (size.kind === 'rest' && !isLast) {
      problems.push(error(pointer, 'rest_not_last', 'The wave that takes the rest must be the last one.'));
    }
    if (size.kind === 'percent' && highestPercent === 100) {
      problems.push(error(`${pointer}/percent`, 'wave_after_everyone', 'An earlier wave already takes 100 percent.'));
    } else if (size.kind === 'percent' && size.percent <= highestPercent) {
      const message = `Percentages are cumulative: ${size.percent} must be more than ${highestPercent} of an earlier wave.`;
      problems.push(error(`${pointer}/percent`, 'percent_does_not_grow', message));
    } else if (size.kind !== 'percent' && highestPercent === 100) {
      problems.push(error(pointer, 'wave_after_everyone', 'An earlier wave already takes 100 percent.'));
    }
    if (size.kind === 'percent') highestPercent = Math.max(highestPercent, size.percent);
    if (isLast && (size.kind === 'count' || (size.kind === 'percent' && size.percent < 100))) {
      problems.push(error(pointer, 'last_wave_leaves_devices', lastWaveMessage));
    }
  }
  return problems;
}

function thresholdProblems({ threshold }: WavePolicy, index: number): readonly PolicyProblem[] {
  const pointer = `/waves/${index}/threshold`;
  const { successPercent, errorPercent } = threshold;
  if (successPercent === 0 && errorPercent === 100) {
    return [
      warning(pointer, 'threshold_checks_nothing', 'No success is required and every failure is allowed: this gate never stops anything.'),
    ];
  }
  if (successPercent + errorPercent > 100 && errorPercent > 0) {
    const message = `At ${successPercent} percent success required, ${errorPercent} percent of errors can never be used up.`;
    return [warning(`${pointer}/errorPercent`, 'thresholds_contradict', message)];
  }
  return [];
}

function soakProblems(policy: RolloutPolicy): readonly PolicyProblem[] {
  return policy.waves.flatMap(({ soakMs }, index) =>
    soakMs > policy.deploymentDeadlineMs
      ? [
          warning(
            `/waves/${index}/soakMs`,
            'soak_longer_than_deadline',
            'The soak is longer than the deadline of a deployment: one device becoming unhealthy may leave no time for a second soak.',
          ),
        ]
      : [],
  );
}

function offlineProblems({ offline, deploymentDeadlineMs }: RolloutPolicy): readonly PolicyProblem[] {
  if (offline === undefined || offline.action === 'wait' || offline.afterMs < deploymentDeadlineMs) return [];
  const message = 'A device has timed out before it counts as offline: only those that were away before their wave started are set aside.';
  return [warning('/offline/afterMs', 'offline_longer_than_deadline', message)];
}

function windowProblems({ window }: RolloutPolicy): readonly PolicyProblem[] {
  const message = window === undefined ? null : windowProblem(window);
  return message === null ? [] : [error('/window', 'window_malformed', message)];
}

const error = (pointer: string, code: PolicyProblemCode, message: string): PolicyProblem => ({ pointer, code, severity: 'error', message });
const warning = (pointer: string, code: PolicyProblemCode, message: string): PolicyProblem => ({
  pointer,
  code,
  severity: 'warning',
  message,
});
