/**
 * What devices report about their deployments. INVARIANTS
 * - The server's order decides. The pure transition table of the engine says what a report does; nothing else moves a deployment forward.
 * - A redelivery changes nothing (17), a report for an old attempt is refused with the current state (16), an ended deployment stays ended (15).
 * - A success that comes too late to count is not lost: what the device shall run follows from it.
 * - Waves are locked before their deployments, newest rollout first, as everywhere: reports and the worker wait for each other, never in a ring.
 */
import type { DeploymentReport, Retries } from '@sluice/contracts';
import { isLateSuccess, nextDeploymentState, type ReportOutcome } from '@sluice/rollout';
import type { Transaction } from '../base/transaction.ts';
import { uuidArray } from '../base/uuid-array.ts';
import { type LateSuccess, settleLateSuccesses } from './late-success.ts';
import { newestFirst } from './newest-first.ts';
import type { AcceptedReport, AppliedReports, DeviceReports, RefusedReport } from './types.ts';
import { type Position, type Progress, writeProgress } from './write-reports.ts';

type Judged = { accepted: AcceptedReport[]; refused: RefusedReport[]; progress: Progress[]; late: LateSuccess[] };

/**
 * Applies the reports of one or of many devices, in the transaction that also makes them durable. Call it once per transaction, after the
 * devices' rows were locked, with the reports of each device in the order of their sequence and only those seen for the first time.
 *
 * Whoever reports only moves the deployment itself; what follows from it is decided by the worker: enqueue `rollout.advance` for
 * `rolloutIds` after the commit (a lost job is repaired by the sweep).
 */
export async function applyDeploymentReports(tx: Transaction, devices: readonly DeviceReports[]): Promise<AppliedReports> {
  const deploymentIds = idsIn(devices);
  const healthChanged = devices.filter((device) => device.healthChanged === true).map((device) => device.deviceId);
  if (deploymentIds.length === 0 && healthChanged.length === 0) return { accepted: [], refused: [], rolloutIds: [] };
  await lockWaves(tx, deploymentIds, healthChanged);
  const { accepted, refused, progress, late } = judge(devices, await readPositions(tx, deploymentIds), tx.now);
  if (progress.length > 0) await writeProgress(tx, progress);
  if (late.length > 0) await settleLateSuccesses(tx, late);
  const watched = await touchWatchedWaves(tx, healthChanged);
  return { accepted, refused, rolloutIds: [...new Set([...[...progress, ...late].map(({ before }) => before.rolloutId), ...watched])] };
}

function idsIn(devices: readonly DeviceReports[]): string[] {
  const ids = new Set<string>();
  for (const { reports } of devices) for (const { deploymentId } of reports) ids.add(deploymentId);
  return [...ids];
}

async function lockWaves(tx: Transaction, deploymentIds: readonly string[], healthChanged: readonly string[]): Promise<void> {
  await tx.execute(
    `SELECT 1 FROM wave w JOIN rollout r ON r.id = w.rollout_id
      WHERE (w.rollout_id, w.index) IN (
            SELECT d.rollout_id, d.wave_index FROM deployment d WHERE d.id = ANY($1::uuid[])
            UNION
            SELECT d.rollout_id, d.wave_index FROM device_desired x JOIN deployment d ON d.id = x.deployment_id
             WHERE x.device_id = ANY($2::uuid[]) AND d.state = 'succeeded')
      ORDER BY ${newestFirst('r')}, w.index FOR NO KEY UPDATE OF w`,
    [uuidArray(deploymentIds), uuidArray(healthChanged)],
  );
}

async function readPositions(tx: Transaction, deploymentIds: readonly string[]): Promise<Position[]> {
  const rows = await tx.query<Omit<Position, 'retries'> & { waveIndex: number }>(
    `SELECT d.id, d.organization_id AS "organizationId", d.rollout_id AS "rolloutId", d.wave_index AS "waveIndex", d.device_id AS "deviceId",
            d.state, d.attempt
       FROM deployment d WHERE d.id = ANY($1::uuid[])`,
    [uuidArray(deploymentIds)],
  );
  const waves = await tx.query<{ rolloutId: string; index: number; retries: Retries }>(
    `SELECT w.rollout_id AS "rolloutId", w.index, p.policy -> 'retries' AS retries
       FROM rollout r JOIN rollout_policy p ON p.id = r.policy_id JOIN wave w ON w.rollout_id = r.id
      WHERE r.id = ANY($1::uuid[]) AND r.state IN ('running', 'paused') AND w.state = 'running' AND p.policy ? 'retries'`,
    [[...new Set(rows.map(({ rolloutId }) => rolloutId))]],
  );
  const retries = new Map(waves.map((wave) => [`${wave.rolloutId}/${wave.index}`, wave.retries]));
  return rows.map(({ waveIndex, ...row }) => ({
    ...row,
    retries: retries.size === 0 ? null : (retries.get(`${row.rolloutId}/${waveIndex}`) ?? null),
  }));
}

/** Runs every report through the engine's table, each on top of the ones before it. */
function judge(devices: readonly DeviceReports[], positions: readonly Position[], now: Date): Judged {
  const known = new Map(positions.map((position) => [position.id, position]));
  const progress = new Map<string, Progress>();
  const judged: Judged = { accepted: [], refused: [], progress: [], late: [] };
  for (const { deviceId, reports } of devices) {
    for (const report of reports) {
      const before = known.get(report.deploymentId);
      // Somebody else's deployment is not told apart from none at all.
      if (before === undefined || before.deviceId !== deviceId) {
        judged.refused.push(unknownDeployment(deviceId, report));
        continue;
      }
      const earlier = progress.get(before.id);
      const retry = before.retries === null ? null : { retries: before.retries, now: now.getTime() };
      const current = { state: earlier === undefined ? before.state : earlier.state, attempt: before.attempt };
      const outcome = nextDeploymentState(current, report, retry);
      if (isLateSuccess(current, report, outcome)) judged.late.push({ before, report });
      if (outcome.outcome === 'accepted' || outcome.outcome === 'retried') {
        const retryAt = outcome.outcome === 'retried' ? new Date(outcome.retryAt) : null;
        progress.set(before.id, {
          before,
          report: earlier === undefined ? report : onTopOf(earlier.report, report),
          state: outcome.state,
          retryAt,
        });
        judged.accepted.push({ deviceId, sequence: report.sequence, deploymentId: before.id, state: report.state });
      } else if (outcome.outcome === 'refused') {
        judged.refused.push(refusal(deviceId, report, outcome));
      }
    }
  }
  return { ...judged, progress: [...progress.values()] };
}

/** The later report wins; what it says nothing about stays as it was said before. */
function onTopOf(earlier: DeploymentReport, report: DeploymentReport): DeploymentReport {
  const saysMore =
    earlier.code ??
    earlier.message ??
    earlier.failureDetail ??
    earlier.method ??
    (earlier.cutOverMs === undefined ? undefined : 'cut over');
  return saysMore === undefined ? report : { ...earlier, ...report };
}

function unknownDeployment(deviceId: string, report: DeploymentReport): RefusedReport {
  const detail = 'This device has no such deployment.';
  return { deviceId, sequence: report.sequence, code: 'unknown_deployment', state: 'unknown', detail };
}

function refusal(deviceId: string, report: DeploymentReport, outcome: Extract<ReportOutcome, { outcome: 'refused' }>): RefusedReport {
  const { state, attempt } = outcome.current;
  const detail = `The deployment is ${state} in attempt ${attempt}; "${report.state}" of attempt ${report.attempt} changes nothing.`;
  return { deviceId, sequence: report.sequence, code: outcome.code, state, detail };
}

/** A regress (or a recovery) of a device that succeeded is news for the gates of its wave (35). */
async function touchWatchedWaves(tx: Transaction, healthChanged: readonly string[]): Promise<string[]> {
  if (healthChanged.length === 0) return [];
  const rows = await tx.query<{ rolloutId: string }>(
    `UPDATE wave w SET touched = true
       FROM device_desired x JOIN deployment d ON d.id = x.deployment_id JOIN rollout r ON r.id = d.rollout_id
      WHERE x.device_id = ANY($1::uuid[]) AND d.state = 'succeeded' AND r.state IN ('running', 'paused', 'aborting')
        AND w.rollout_id = d.rollout_id AND w.index = d.wave_index
    RETURNING w.rollout_id AS "rolloutId"`,
    [healthChanged],
  );
  return rows.map((row) => row.rolloutId);
}
