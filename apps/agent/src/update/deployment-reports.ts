import type { DeploymentReport, FailureDetail, ReportableDeploymentState } from '@sluice/contracts';
import type { JournalRecord, UpdateOutcome } from './record.ts';

/** A report as it waits in the spool: sequence and time come later, from there. */
export type PendingDeploymentReport = Omit<DeploymentReport, 'sequence' | 'at'>;

const messageMax = 2000;

const stateOfOutcome: Record<Exclude<UpdateOutcome, 'none'>, ReportableDeploymentState> = {
  succeeded: 'succeeded',
  failed: 'failed',
  rejected: 'rejected',
  rolled_back: 'rolled_back',
  rollback_failed: 'rollback_failed',
};

const detailOfOutcome: Partial<Record<UpdateOutcome, FailureDetail>> = {
  failed: 'no_state_change',
  rejected: 'no_state_change',
  rolled_back: 'rolled_back',
  rollback_failed: 'unable_to_roll_back',
};

function progress(record: JournalRecord): ReportableDeploymentState | undefined {
  switch (record.state) {
    case 'VERIFY':
      return 'accepted';
    case 'DOWNLOAD':
      return 'downloading';
    case 'WAIT_WINDOW':
      return 'staged';
    case 'ACTIVATE':
      return 'applying';
    case 'PROBATION':
      return 'verifying';
    case 'REPORT':
    case 'SAFE_MODE':
      return record.outcome === null || record.outcome === 'none' ? undefined : stateOfOutcome[record.outcome];
    default:
      return undefined;
  }
}

/** What the control plane is told when a state is entered: undefined for states it does not know, and when no deployment is behind the update. */
export function deploymentReport(record: JournalRecord): PendingDeploymentReport | undefined {
  const deploymentId = record.assignment?.deploymentId ?? null;
  const state = progress(record);
  if (record.assignment === null || deploymentId === null || state === undefined) return undefined;
  const failureDetail = record.outcome === null ? undefined : detailOfOutcome[record.outcome];
  return {
    kind: 'deployment',
    deploymentId,
    attempt: Math.max(1, record.assignment.attempt),
    state,
    ...(record.failure === null ? {} : { code: record.failure.code.slice(0, 100), message: record.failure.message.slice(0, messageMax) }),
    ...(failureDetail === undefined ? {} : { failureDetail }),
    ...(record.method === null ? {} : { method: record.method }),
    ...(record.cutOverMs === null ? {} : { cutOverMs: Math.max(0, Math.round(record.cutOverMs)) }),
  };
}

/** What the control plane is told when the device begins to wait for its maintenance window. `opensAt`: epoch milliseconds; null: unknown. */
export function waitingReport(record: JournalRecord, opensAt: number | null): PendingDeploymentReport | undefined {
  const staged = deploymentReport({ ...record, state: 'WAIT_WINDOW' });
  if (staged === undefined) return undefined;
  const opening = opensAt === null ? '' : `, which opens at ${new Date(opensAt).toISOString()}`;
  return { ...staged, state: 'awaiting_window', message: `Everything is ready; the device waits for its maintenance window${opening}.` };
}
