/**
 * Tells devices to run the release: a new attempt, and a new desired state that remembers the one before. INVARIANTS
 * - Under the lock of the rollout's row, so that nobody else counts its offers, and of its waves, so that nobody else moves its deployments.
 * - A device that was told nothing yet starts at revision 1. One that runs the release already, because it succeeded when nobody waited for it,
 *   still came from where it came from.
 * - Deployment, desired state and the counts of the wave change in one statement, each row once.
 */
import type { DeploymentState } from '@sluice/contracts';
import { deploymentCommands, wavePolicyOf } from '@sluice/rollout';
import { withHashJoins } from '../base/hash-joins.ts';
import { uuidArray } from '../base/uuid-array.ts';
import { baselineOf, kpisOf } from './measure.ts';
import { type Batch, batchSql, countChanges, type Moved, movedIds } from './move-deployments.ts';
import { heldByBudgetsOf, mayBeOffered, windowOf } from './offerable.ts';
import type { RolloutRun } from './run.ts';

/** The next queued devices of a wave that neither a window, a budget nor anything else holds back now, at most so many. */
export async function nextToOffer({ tx, record }: RolloutRun, wave: number, limit: number): Promise<Batch> {
  const { openZones } = await windowOf(tx, record, wave, tx.now);
  const places = { now: '$5', zones: '$6' };
  const [batch] = await tx.query<Batch>(
    `WITH ${record.hasBudgets ? `${heldByBudgetsOf({ ...places, organization: '$7' })},` : ''} picked AS (
       SELECT d.id, d.device_id FROM deployment d
        WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = ANY($3::text[]) AND ${mayBeOffered(places)}
          ${record.hasBudgets ? 'AND NOT EXISTS (SELECT 1 FROM held h WHERE h.id = d.id)' : ''}
        ORDER BY d.wave_index, d.state, d.id LIMIT $4)
     ${batchSql('picked')}`,
    [record.id, wave, deploymentCommands.offer.from, limit, tx.now, openZones, ...(record.hasBudgets ? [record.organizationId] : [])],
  );
  return batch ?? { deploymentIds: [], deviceIds: [] };
}

/** Offers the release to these devices of a wave, as far as their deployments still are in one of the states `from`. */
export async function offer({ tx, record }: RolloutRun, wave: number, batch: Batch, from: readonly DeploymentState[]): Promise<Moved> {
  // A retry keeps what was measured before the first attempt.
  const baseline = baselineOf(wavePolicyOf(record.policy, wave), '$8');
  const text = `
     WITH before AS MATERIALIZED (
       SELECT x.device_id, x.release_id, x.stage_id, x.variables_revision FROM device_desired x WHERE x.device_id = ANY($4::uuid[])),
     target AS MATERIALIZED (SELECT id, release_id, stage_id, variables_revision FROM rollout WHERE id = $1),
     moved AS (
       UPDATE deployment d
          SET state = $5::text, attempt = d.attempt + 1,
              from_release_id = CASE WHEN d.late_success_at IS NULL THEN b.release_id ELSE d.from_release_id END,
              from_stage_id = CASE WHEN d.late_success_at IS NULL THEN b.stage_id ELSE d.from_stage_id END,
              from_variables_revision = CASE WHEN d.late_success_at IS NULL THEN b.variables_revision ELSE d.from_variables_revision END,
              offered_at = $7::timestamptz, updated_at = $7::timestamptz, retry_at = NULL,
              accepted_at = NULL, staged_at = NULL, applying_at = NULL
              ${baseline === null ? '' : `, baseline = coalesce(d.baseline, ${baseline})`}
         FROM unnest($3::uuid[], $4::uuid[]) AS p (id, device_id) LEFT JOIN before b ON b.device_id = p.device_id
        WHERE d.id = ANY($3::uuid[]) AND d.id = p.id AND d.rollout_id = $1 AND d.wave_index = $2 AND d.state = ANY($6::text[])
       RETURNING d.id, d.organization_id, d.device_id, d.rollout_id, d.wave_index, d.attempt, d.variables_revision,
                 b.device_id IS NOT NULL AS is_told, old.state AS old_state, new.state AS new_state),
     told AS (
       UPDATE device_desired x
          SET revision = x.revision + 1, release_id = r.release_id, stage_id = r.stage_id,
              variables_revision = coalesce(m.variables_revision, r.variables_revision), rollout_id = r.id, deployment_id = m.id,
              attempt = m.attempt, changed_at = $7::timestamptz, changed_xid = pg_current_xact_id()
         FROM moved m CROSS JOIN target r WHERE m.is_told AND x.device_id = m.device_id AND x.device_id = ANY($4::uuid[])),
     first AS (
       INSERT INTO device_desired AS x
              (device_id, organization_id, revision, release_id, stage_id, variables_revision, rollout_id, deployment_id, attempt, changed_at)
       SELECT m.device_id, m.organization_id, 1, r.release_id, r.stage_id, coalesce(m.variables_revision, r.variables_revision), r.id, m.id,
              m.attempt, $7::timestamptz
         FROM moved m CROSS JOIN target r WHERE NOT m.is_told
       ON CONFLICT (device_id) DO UPDATE
          SET revision = x.revision + 1, release_id = excluded.release_id, stage_id = excluded.stage_id,
              variables_revision = excluded.variables_revision, rollout_id = excluded.rollout_id, deployment_id = excluded.deployment_id,
              attempt = excluded.attempt, changed_at = excluded.changed_at, changed_xid = pg_current_xact_id()),
     ${countChanges}
     SELECT m.devices, i.* FROM (SELECT count(*)::int AS devices FROM moved) m
       LEFT JOIN LATERAL (SELECT ${movedIds} OFFSET 0) i ON m.devices < cardinality($3::uuid[])`;
  const [moved] = await withHashJoins(tx, batch.deploymentIds.length, () =>
    tx.query<Batch & { devices: number }>(text, [
      ...[record.id, wave, uuidArray(batch.deploymentIds), uuidArray(batch.deviceIds), deploymentCommands.offer.to, from, tx.now],
      ...(baseline === null ? [] : [kpisOf(record.policy, wave)]),
    ]),
  );
  // Nearly always all of them: then nobody has to be told who they are.
  const offered = moved?.devices === batch.deploymentIds.length ? batch : moved;
  return { deploymentIds: offered?.deploymentIds ?? [], deviceIds: offered?.deviceIds ?? [], restoredDeviceIds: [] };
}
