import type { DeploymentReport, DeploymentState, Retries } from '@sluice/contracts';
import { systemActor } from '@sluice/ledger';
import { isTerminalDeploymentState } from '@sluice/rollout';
import type { Transaction } from '../base/transaction.ts';
import type { NewLedgerEntry } from '../ledger/record.ts';
import { announceChanges } from './announce.ts';
import { afterMove, type Moved } from './move-deployments.ts';

/** A deployment as it stood before the reports. */
export type Position = {
  id: string;
  organizationId: string;
  rolloutId: string;
  deviceId: string;
  deviceName: string;
  state: DeploymentState;
  attempt: number;
  /** What the policy tries again; null: nothing, or the rollout offers no more. */
  retries: Retries | null;
};

/**
 * A deployment that its device moved on: where it stood, what the accepted reports said, the last one winning, and where it stands now:
 * `queued` for another attempt from `retryAt` on, if the policy tries again.
 */
export type Progress = { before: Position; report: DeploymentReport; state: DeploymentState; retryAt: Date | null };

/** Writes where each deployment stands now, gives devices back what they ran where it failed, and tells the ledger what they said. */
export async function writeProgress(tx: Transaction, progress: readonly Progress[]): Promise<void> {
  const [moved] = await tx.query<Moved>(updateDeployments, parametersOf(tx.now, progress));
  const restored = new Set(moved?.restoredDeviceIds ?? []);
  const byRollout = Map.groupBy(progress, ({ before }) => before.rolloutId);
  await tx.recordMany([...byRollout].map(([rolloutId, part]) => entryOf(rolloutId, part, restored)));
  for (const [organizationId, part] of Map.groupBy(progress, ({ before }) => before.organizationId)) {
    await announceChanges(tx, organizationId, {
      rolloutIds: part.map(({ before }) => before.rolloutId),
      deploymentIds: part.map(({ before }) => before.id),
      deviceIds: part.map(({ before }) => before.deviceId).filter((deviceId) => restored.has(deviceId)),
    });
  }
  if (restored.size > 0) await tx.desiredChanged();
}

// When its agent first answered, had everything, and began the change: forecasts are made from these.
const beforeStaged = `'{offered,accepted,downloading}'::text[]`;
const beforeApplying = `'{offered,accepted,downloading,staged,awaiting_window,awaiting_consent}'::text[]`;

const updateDeployments = `
  WITH report AS (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[],
                         $11::timestamptz[])
             AS i (id, old_state, new_state, ended, code, message, failure_detail, method, cut_over_ms, retry_at)),
  moved AS (
    UPDATE deployment d
       SET state = i.new_state, updated_at = $1::timestamptz, finished_at = CASE WHEN i.ended THEN $1::timestamptz END,
           code = coalesce(i.code, d.code), message = coalesce(i.message, d.message),
           failure_detail = coalesce(i.failure_detail, d.failure_detail), method = coalesce(i.method, d.method),
           cut_over_ms = coalesce(i.cut_over_ms, d.cut_over_ms), retry_at = i.retry_at,
           accepted_at = CASE WHEN i.old_state = 'offered' THEN $1::timestamptz ELSE d.accepted_at END,
           staged_at = CASE WHEN i.old_state = ANY(${beforeStaged}) AND i.new_state <> ALL(${beforeStaged}) THEN $1::timestamptz ELSE d.staged_at END,
           applying_at = CASE WHEN i.old_state = ANY(${beforeApplying}) AND i.new_state <> ALL(${beforeApplying}) THEN $1::timestamptz ELSE d.applying_at END
      FROM report i WHERE d.id = i.id AND d.state = i.old_state
    RETURNING d.id, d.device_id, d.rollout_id, d.wave_index, i.old_state, d.state AS new_state, d.from_release_id, d.from_stage_id, d.from_variables_revision,
              d.late_success_at),
  ${afterMove('$1::timestamptz')}`;

function parametersOf(now: Date, progress: readonly Progress[]): unknown[] {
  const reports = progress.map(({ report }) => report);
  return [
    now,
    progress.map(({ before }) => before.id),
    progress.map(({ before }) => before.state),
    progress.map(({ state }) => state),
    progress.map(({ state }) => isTerminalDeploymentState(state)),
    reports.map((report) => report.code ?? null),
    reports.map((report) => report.message ?? null),
    reports.map((report) => report.failureDetail ?? null),
    reports.map((report) => report.method ?? null),
    reports.map((report) => report.cutOverMs ?? null),
    progress.map(({ retryAt }) => retryAt),
  ];
}

function entryOf(rolloutId: string, progress: readonly Progress[], restored: ReadonlySet<string>): NewLedgerEntry {
  const [first] = progress;
  if (first === undefined) throw new RangeError('no progress, no entry');
  const { organizationId, deviceId, deviceName } = first.before;
  const isOne = progress.length === 1;
  return {
    organizationId,
    actor: isOne ? { kind: 'device', id: deviceId, name: deviceName, method: 'device_token' } : systemActor,
    action: 'deployment.reported',
    target: isOne ? { kind: 'deployment', id: first.before.id } : { kind: 'rollout', id: rolloutId },
    after: {
      reports: progress.map(({ before, report, retryAt }) => ({
        deviceId: before.deviceId,
        deploymentId: before.id,
        attempt: report.attempt,
        from: before.state,
        state: report.state,
        ...(report.code === undefined ? {} : { code: report.code }),
        ...(retryAt === null ? {} : { retryAt: retryAt.toISOString() }),
        restored: restored.has(before.deviceId),
      })),
    },
    rolloutId,
  };
}
