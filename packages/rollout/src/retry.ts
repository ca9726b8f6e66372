/** Which failures are tried again on the same device: by their class, a bounded number of times, later each time. */
import type { ReportableDeploymentState, Retries } from '@sluice/contracts';

/**
 * When a device may try again after its attempt ended so; null: the failure is final.
 * @param attempt the attempt that ended, counting from 1 within this rollout
 */
export function retryAt(retries: Retries | undefined, ended: ReportableDeploymentState, attempt: number, now: number): number | null {
  if (retries === undefined || (ended !== 'failed' && ended !== 'rolled_back')) return null;
  if (attempt > (retries[ended] ?? 0)) return null;
  const doublings = Math.min(attempt - 1, 20);
  return now + Math.min(retries.backOffMs * 2 ** doublings, backOffMaxMs);
}

const backOffMaxMs = 86_400_000;
