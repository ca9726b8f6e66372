import { type Decision, deploymentCommands, wavePolicyOf } from '@sluice/rollout';
import { baselineOf, kpisOf } from './measure.ts';
import { countChanges, type Moved, moveDeployments } from './move-deployments.ts';
import { heldByBudgetsOf, mayBeOffered, mayBeQueued, windowOf } from './offerable.ts';
import type { Effect, RolloutRun } from './run.ts';
import { supersede } from './supersede.ts';

type DecisionOf<K extends Decision['kind']> = Extract<Decision, { kind: K }>;

/** Lets the next devices of a wave be offered; each is taken from older rollouts in the same transaction (31). */
export async function queueWave(run: RolloutRun, decision: DecisionOf<'queue_wave'>): Promise<Effect> {
  const otherRolloutIds = await supersede(run, decision.wave);
  const moved = await moveDeployments(run.tx, {
    ...deploymentCommands.queue,
    where: `d.rollout_id = $1 AND d.wave_index = $2 AND EXISTS (SELECT 1 FROM rollout r WHERE r.id = d.rollout_id AND ${mayBeQueued})`,
    parameters: [run.record.id, decision.wave],
    limit: run.batchSizeMax,
  });
  return { ...moved, otherRolloutIds, isPartial: decision.count > run.batchSizeMax };
}

/**
 * Tells the queued devices of a wave to run the release: a new attempt, and a new desired state that remembers the one before.
 * A device that was told nothing yet starts at revision 1. One that runs the release already, because it succeeded when nobody waited for it,
 * still came from where it came from. Under the lock of the rollout's row, so that nobody else counts its offers.
 */
export async function offerWave(run: RolloutRun, decision: DecisionOf<'offer_wave'>): Promise<Effect> {
  const { tx, record } = run;
  const limit = Math.min(decision.count, run.batchSizeMax);
  const { from, to } = deploymentCommands.offer;
  const { openZones } = await windowOf(tx, record, decision.wave, tx.now);
  // A retry keeps what was measured before the first attempt.
  const baseline = baselineOf(wavePolicyOf(record.policy, decision.wave), record.hasBudgets ? '$9' : '$8');
  const budgets = record.hasBudgets ? `${heldByBudgetsOf({ now: '$6', zones: '$7', organization: '$8' })},` : '';
  const [moved] = await tx.query<Moved>(
    `WITH ${budgets} picked AS (
       SELECT d.id, d.state, CASE WHEN d.late_success_at IS NULL THEN x.release_id ELSE d.from_release_id END AS from_release_id,
              CASE WHEN d.late_success_at IS NULL THEN x.stage_id ELSE d.from_stage_id END AS from_stage_id,
              CASE WHEN d.late_success_at IS NULL THEN x.variables_revision ELSE d.from_variables_revision END AS from_variables_revision
         FROM deployment d LEFT JOIN device_desired x ON x.device_id = d.device_id
        WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = ANY($3::text[]) AND ${mayBeOffered({ now: '$6', zones: '$7' })}
          ${record.hasBudgets ? 'AND NOT EXISTS (SELECT 1 FROM held h WHERE h.id = d.id)' : ''}
        ORDER BY d.wave_index, d.state, d.id LIMIT $4 FOR NO KEY UPDATE OF d),
     moved AS (
       UPDATE deployment d
          SET state = $5::text, attempt = d.attempt + 1, from_release_id = p.from_release_id, from_stage_id = p.from_stage_id,
              from_variables_revision = p.from_variables_revision,
              offered_at = $6::timestamptz, updated_at = $6::timestamptz, retry_at = NULL,
              accepted_at = NULL, staged_at = NULL, applying_at = NULL
              ${baseline === null ? '' : `, baseline = coalesce(d.baseline, ${baseline})`}
         FROM picked p WHERE d.id = p.id
       RETURNING d.id, d.organization_id, d.device_id, d.rollout_id, d.wave_index, d.attempt, d.variables_revision, p.state AS old_state,
                 d.state AS new_state),
     desired AS (
       INSERT INTO device_desired AS x
              (device_id, organization_id, revision, release_id, stage_id, variables_revision, rollout_id, deployment_id, attempt, changed_at)
       SELECT m.device_id, m.organization_id, 1, r.release_id, r.stage_id, coalesce(m.variables_revision, r.variables_revision), r.id, m.id,
              m.attempt, $6::timestamptz
         FROM moved m JOIN rollout r ON r.id = m.rollout_id
       ON CONFLICT (device_id) DO UPDATE
          SET revision = x.revision + 1, release_id = excluded.release_id, stage_id = excluded.stage_id,
              variables_revision = excluded.variables_revision, rollout_id = excluded.rollout_id, deployment_id = excluded.deployment_id,
              attempt = excluded.attempt,
              changed_at = excluded.changed_at, changed_xid = pg_current_xact_id()),
     ${countChanges}
     SELECT coalesce(array_agg(id ORDER BY id), '{}')::text[] AS "deploymentIds",
            coalesce(array_agg(device_id ORDER BY id), '{}')::text[] AS "deviceIds", '{}'::text[] AS "restoredDeviceIds"
       FROM moved`,
    [
      ...[record.id, decision.wave, [...from], limit, to, tx.now, openZones],
      ...(record.hasBudgets ? [record.organizationId] : []),
      ...(baseline === null ? [] : [kpisOf(record.policy, decision.wave)]),
    ],
  );
  const offered = moved?.deviceIds.length ?? 0;
  await countOffers(run, decision, offered);
  if (offered > 0) await tx.desiredChanged();
  return { ...moved, isPartial: decision.count > limit };
}

/** What the rate of the rollout is kept by. */
async function countOffers({ tx, record }: RolloutRun, decision: DecisionOf<'offer_wave'>, offered: number): Promise<void> {
  const minute = decision.minuteStartedAt === null ? null : new Date(decision.minuteStartedAt);
  await tx.execute(
    `UPDATE rollout
        SET offered = offered + $2, offer_minute_at = $3::timestamptz,
            offered_in_minute = CASE WHEN $3::timestamptz IS NULL THEN 0 WHEN offer_minute_at = $3::timestamptz THEN offered_in_minute + $2
                                     ELSE $2 END
      WHERE id = $1`,
    [record.id, offered, minute],
  );
}

/** Ends what a wave still has open at its deadline: those devices are told to run again what they ran before. */
export async function timeOutWave(run: RolloutRun, decision: DecisionOf<'time_out_wave_deployments'>): Promise<Effect> {
  const moved = await moveDeployments(run.tx, {
    ...deploymentCommands.time_out,
    where: 'd.rollout_id = $1 AND d.wave_index = $2',
    parameters: [run.record.id, decision.wave],
    limit: run.batchSizeMax,
    code: 'DEADLINE_PASSED',
    message: 'The device did not finish before the deadline of its wave.',
  });
  return afterClose(run, moved, decision.count);
}

/** Ends everything that has not begun to change its device. */
export async function cancelCancellable(run: RolloutRun, decision: DecisionOf<'cancel_cancellable'>): Promise<Effect> {
  const moved = await moveDeployments(run.tx, {
    ...deploymentCommands.cancel,
    where: 'd.rollout_id = $1',
    parameters: [run.record.id],
    limit: run.batchSizeMax,
  });
  return afterClose(run, moved, decision.count);
}

async function afterClose(run: RolloutRun, moved: Moved, wanted: number): Promise<Effect> {
  if (moved.restoredDeviceIds.length > 0) await run.tx.desiredChanged();
  return { ...moved, isPartial: wanted > run.batchSizeMax };
}
