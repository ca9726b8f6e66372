/**
 * Devices that succeeded after their deployment had ended. INVARIANTS
 * - The deployment stays as it ended (15); what the device shall run is decided in the transaction that makes its report durable.
 * - Everything that changes what a device shall run holds the lock of a wave: with the waves of the devices' deployments locked here, what is
 *   read stays true until the commit. They are locked after those of the reports; should two such transactions meet in a ring, one starts again.
 */
import type { DeploymentReport } from '@sluice/contracts';
import { systemActor } from '@sluice/ledger';
import {
  activeDeploymentStates,
  answerLateSuccess,
  type DesiredThen,
  type LateSuccessAnswer,
  type ReleasePlace,
  sendsLateSuccessesBack,
} from '@sluice/rollout';
import type { Transaction } from '../base/transaction.ts';
import { announceChanges } from './announce.ts';
import type { RolloutRecord } from './load.ts';
import { newestFirst } from './newest-first.ts';
import type { Position } from './write-reports.ts';

/** A report that came too late to count. */
export type LateSuccess = { before: Position; report: DeploymentReport };

type Row = {
  deploymentId: string;
  releaseId: string;
  releaseName: string;
  stageId: string | null;
  variablesRevision: number;
  ran: ReleasePlace;
  desired: ReleasePlace | null;
  ownerId: string | null;
  ownerState: string | null;
} & Pick<RolloutRecord, 'state' | 'kind' | 'abortCause' | 'abortRollBack'>;

type Settled = { late: LateSuccess; row: Row; answer: LateSuccessAnswer };

/** Decides for each of these devices what it shall run from now on, and says so in the ledger and in its timeline. The last report counts. */
export async function settleLateSuccesses(tx: Transaction, lateSuccesses: readonly LateSuccess[]): Promise<void> {
  const latest = new Map(lateSuccesses.map((late) => [late.before.deviceId, late]));
  if (latest.size === 0) return;
  await lockOwners(tx, [...latest.keys()]);
  const rows = new Map((await readRows(tx, latest)).map((row) => [row.deploymentId, row]));
  const settled = [...latest.values()].flatMap((late): Settled[] => {
    const row = rows.get(late.before.id);
    return row === undefined ? [] : [{ late, row, answer: answerLateSuccess(row.ran, desiredThen(row)) }];
  });
  await tx.execute('UPDATE deployment SET late_success_at = coalesce(late_success_at, $2) WHERE id = ANY($1::uuid[])', [
    settled.map(({ late }) => late.before.id),
    tx.now,
  ]);
  await adopt(
    tx,
    settled.filter(({ answer }) => answer === 'adopt'),
  );
  await remember(
    tx,
    settled.filter(({ answer }) => answer === 'remember'),
  );
  await tell(tx, settled);
}

async function lockOwners(tx: Transaction, deviceIds: readonly string[]): Promise<void> {
  await tx.execute(
    `SELECT 1 FROM wave w JOIN rollout r ON r.id = w.rollout_id
      WHERE (w.rollout_id, w.index) IN (
            SELECT d.rollout_id, d.wave_index FROM deployment d WHERE d.device_id = ANY($1::uuid[]) AND d.state = ANY($2::text[]))
      ORDER BY ${newestFirst('r')}, w.index FOR NO KEY UPDATE OF w`,
    [deviceIds, activeDeploymentStates],
  );
}

function readRows(tx: Transaction, latest: ReadonlyMap<string, LateSuccess>): Promise<Row[]> {
  return tx.query<Row>(
    `SELECT d.id AS "deploymentId", r.release_id AS "releaseId", l.name AS "releaseName", r.stage_id AS "stageId",
            coalesce(d.variables_revision, r.variables_revision) AS "variablesRevision",
            jsonb_build_object('applicationId', l.application_id, 'counter', l.counter) AS ran,
            CASE WHEN c.id IS NOT NULL THEN jsonb_build_object('applicationId', c.application_id, 'counter', c.counter) END AS desired,
            o.id AS "ownerId", o.state AS "ownerState", r.state, r.kind, r.abort_cause AS "abortCause",
            r.abort_roll_back AS "abortRollBack"
       FROM deployment d
       JOIN rollout r ON r.id = d.rollout_id JOIN release l ON l.id = r.release_id
       LEFT JOIN device_desired x ON x.device_id = d.device_id
       LEFT JOIN release c ON c.id = x.release_id
       LEFT JOIN deployment o ON o.id = x.deployment_id
      WHERE d.id = ANY($1::uuid[])`,
    [[...latest.values()].map(({ before }) => before.id)],
  );
}

function desiredThen({ deploymentId, desired, ownerId, ownerState }: Row): DesiredThen {
  const isUnderWay = activeDeploymentStates.some((state) => state === ownerState);
  const owner = ownerId === null ? 'nobody' : ownerId === deploymentId ? 'own' : isUnderWay ? 'open' : 'ended';
  return { owner, release: desired };
}

async function adopt(tx: Transaction, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return;
  await tx.execute(
    `UPDATE device_desired x
        SET revision = x.revision + 1, release_id = u.release_id, stage_id = u.stage_id,
            variables_revision = u.variables_revision, rollout_id = NULL, deployment_id = NULL, attempt = 0, changed_at = $4
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $5::int[]) AS u (device_id, release_id, stage_id, variables_revision) WHERE x.device_id = u.device_id`,
    [
      settled.map(({ late }) => late.before.deviceId),
      settled.map(({ row }) => row.releaseId),
      settled.map(({ row }) => row.stageId),
      tx.now,
      settled.map(({ row }) => row.variablesRevision),
    ],
  );
  await tx.desiredChanged();
}

/** Its own deployment remembers by `late_success_at`; another one goes back to what the device runs now. */
async function remember(tx: Transaction, settled: readonly Settled[]): Promise<void> {
  await tx.execute(
    `UPDATE deployment o SET from_release_id = u.release_id, from_stage_id = u.stage_id, from_variables_revision = u.variables_revision
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[]) AS u (id, owner_id, release_id, stage_id, variables_revision)
      WHERE o.id = u.owner_id AND o.id <> u.id`,
    [
      settled.map(({ row }) => row.deploymentId),
      settled.map(({ row }) => row.ownerId),
      settled.map(({ row }) => row.releaseId),
      settled.map(({ row }) => row.stageId),
      settled.map(({ row }) => row.variablesRevision),
    ],
  );
}

function wordsFor({ late, row, answer }: Settled): string {
  const { releaseName } = row;
  const happened = `The device succeeded after its deployment was ${late.before.state}.`;
  switch (answer) {
    case 'adopt': {
      const next = isSentBack(row) ? 'its rollout failed, so it goes back by a rollback' : 'it goes on running it, outside of a rollout';
      return `${happened} It runs ${releaseName} and would refuse anything older: ${next}.`;
    }
    case 'remember':
      return `${happened} It runs ${releaseName} now; should what it was told since not succeed, it stays on that.`;
    case 'nothing':
      return `${happened} It ran ${releaseName} by then; what it was told since counts.`;
  }
}

async function tell(tx: Transaction, settled: readonly Settled[]): Promise<void> {
  const messages = settled.map(wordsFor);
  await tx.execute(
    `INSERT INTO device_event (id, organization_id, device_id, at, kind, level, code, message, deployment_id)
     SELECT u.id, u.organization_id, u.device_id, $6, 'deployment', 'warning', 'SUCCEEDED_LATE', u.message, u.deployment_id
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[]) AS u (id, organization_id, device_id, message, deployment_id)`,
    [
      settled.map(() => tx.uuid()).sort(),
      settled.map(({ late }) => late.before.organizationId),
      settled.map(({ late }) => late.before.deviceId),
      messages,
      settled.map(({ row }) => row.deploymentId),
      tx.now,
    ],
  );
  await tx.recordMany(
    settled.map(({ late: { before, report }, row, answer }, index) => ({
      organizationId: before.organizationId,
      actor: systemActor,
      action: 'deployment.succeeded_late' as const,
      target: { kind: 'deployment' as const, id: before.id },
      before: { state: before.state, attempt: before.attempt },
      after: { deviceId: before.deviceId, attempt: report.attempt, sequence: report.sequence, releaseId: row.releaseId, answer },
      reason: messages[index] ?? '',
      rolloutId: before.rolloutId,
    })),
  );
  for (const [organizationId, part] of Map.groupBy(settled, ({ late }) => late.before.organizationId)) {
    await announceChanges(tx, organizationId, {
      rolloutIds: [],
      deploymentIds: part.map(({ row }) => row.deploymentId),
      deviceIds: part.map(({ late }) => late.before.deviceId),
    });
  }
}

/** SQL: whether the device of a deployment `d` of the rollout `r`, whose desired state is `x`, succeeded late and still runs that release. */
export const runsItSinceLate = `(d.late_success_at IS NOT NULL AND d.state <> 'succeeded' AND x.deployment_id IS NULL AND x.release_id = r.release_id)`;

/** Whether the devices of a rollout that succeeded late go back. */
export function isSentBack({
  state,
  kind,
  abortCause,
  abortRollBack,
}: Pick<RolloutRecord, 'state' | 'kind' | 'abortCause' | 'abortRollBack'>): boolean {
  const abort = abortCause === null ? null : { cause: abortCause, rollBack: abortRollBack };
  return sendsLateSuccessesBack({ state, purpose: kind === 'rollback' ? 'rollback' : 'update', abort });
}
