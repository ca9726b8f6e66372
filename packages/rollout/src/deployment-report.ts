import type { DeploymentState, ReportableDeploymentState, Retries } from '@sluice/contracts';
import { deploymentStateRules } from './deployment-states.ts';
import { retryAt } from './retry.ts';

/** The part of a deployment that a report is compared with. */
export interface DeploymentPosition {
  readonly state: DeploymentState;
  readonly attempt: number;
}

export interface DeploymentReport {
  readonly state: ReportableDeploymentState;
  readonly attempt: number;
}

export type ReportRefusalCode = 'deployment_closed' | 'old_attempt' | 'unknown_attempt' | 'not_offered' | 'out_of_order';

export type ReportOutcome =
  | { readonly outcome: 'accepted'; readonly state: ReportableDeploymentState }
  /** The attempt failed and another one follows: the deployment is queued again and may be offered from `retryAt` on. */
  | { readonly outcome: 'retried'; readonly state: 'queued'; readonly retryAt: number }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'refused'; readonly code: ReportRefusalCode; readonly current: DeploymentPosition };

/** Whether a failed attempt may be followed by another: only while the rollout still offers its release. */
export interface RetryContext {
  readonly retries: Retries | undefined;
  /** Server time, epoch milliseconds. */
  readonly now: number;
}

/**
 * What a device's report does to its deployment. Server order decides, never the device's clock.
 *
 * - another attempt is refused (`old_attempt`, `unknown_attempt`), whatever the state;
 * - the state it already has is a `duplicate`: acknowledge, change nothing;
 * - a terminal deployment never changes (`deployment_closed`): the report updates what is *observed*, not the deployment;
 * - before the offer there is nothing to report (`not_offered`);
 * - jumps forward are accepted (reports in between were lost or come late), steps back are refused (`out_of_order`);
 * - `rejected` means the device never began, so it is out of order from `applying` on;
 * - a failure that the policy tries again is `retried`: it never was the end of the deployment. The next offer is a new attempt.
 *
 * Write it with compare-and-set on (state, attempt) of `current`; if that misses, read again and ask again.
 */
export function nextDeploymentState(current: DeploymentPosition, report: DeploymentReport, retry: RetryContext | null): ReportOutcome {
  const refused = (code: ReportRefusalCode): ReportOutcome => ({ outcome: 'refused', code, current });
  if (report.attempt < current.attempt) return refused('old_attempt');
  if (report.attempt > current.attempt) return refused('unknown_attempt');
  if (report.state === current.state) return { outcome: 'duplicate' };
  const from = deploymentStateRules[current.state];
  const to = deploymentStateRules[report.state];
  if (from.terminal) return refused('deployment_closed');
  if (from.rank < deploymentStateRules.offered.rank) return refused('not_offered');
  if (report.state === 'rejected' && !from.cancellable) return refused('out_of_order');
  if (to.rank < from.rank) return refused('out_of_order');
  const again = retry === null ? null : retryAt(retry.retries, report.state, current.attempt, retry.now);
  if (again !== null) return { outcome: 'retried', state: 'queued', retryAt: again };
  return { outcome: 'accepted', state: report.state };
}
