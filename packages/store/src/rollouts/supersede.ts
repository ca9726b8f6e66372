/**
 * A newer rollout over a device takes it from older ones. INVARIANTS
 * - It happens in the transaction that queues the newer deployment (31), for open deployments only; a superseded one is never a success.
 * - Older rollouts are locked before they are touched, newest first: rings of waiting transactions cannot arise.
 */
import { activeDeploymentStates, deploymentCommands, openDeploymentStates } from '@sluice/rollout';
import { announceChanges } from './announce.ts';
import { insertDecision } from './insert-decision.ts';
import { type Moved, moveDeployments } from './move-deployments.ts';
import { isOlder, newestFirst, yieldsTo } from './newest-first.ts';
import { mayBeQueued } from './offerable.ts';
import type { RolloutRun } from './run.ts';

// The devices that the next statement of this transaction will queue.
const batch = `
  SELECT d.device_id FROM deployment d JOIN rollout r ON r.id = d.rollout_id
   WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = 'scheduled' AND ${mayBeQueued} ORDER BY d.id LIMIT $3`;

/** Takes the devices that are about to be queued from older rollouts, and leaves to newer ones what is theirs already. Answers with the others' ids. */
export async function supersede(run: RolloutRun, wave: number): Promise<string[]> {
  const parameters = [run.record.id, wave, run.batchSizeMax];
  const newer = await moveDeployments(run.tx, {
    from: ['scheduled'],
    to: deploymentCommands.supersede.to,
    where: `d.rollout_id = $1 AND d.device_id IN (${batch}) AND EXISTS (
              SELECT 1 FROM deployment n JOIN rollout o ON o.id = n.rollout_id JOIN rollout r ON r.id = $1
               WHERE n.device_id = d.device_id
                 AND (n.state = ANY($4::text[]) AND ${yieldsTo('r', 'o')}
                      OR n.state = 'succeeded' AND o.priority >= r.priority AND ${isOlder('r', 'o')}))`,
    parameters: [...parameters, [...activeDeploymentStates]],
  });
  if (newer.deviceIds.length > 0) {
    await recordSuperseded(run, newer, [run.record.id]);
    await endEmptied(run, [run.record.id]);
  }
  const older = await lockOlder(run, parameters);
  if (older.length === 0) return [];
  const taken = await moveDeployments(run.tx, {
    ...deploymentCommands.supersede,
    where: `d.device_id IN (${batch}) AND d.rollout_id = ANY($4::uuid[])`,
    parameters: [...parameters, older],
  });
  await recordSuperseded(run, taken, older);
  await endEmptied(run, older);
  return older;
}

async function lockOlder(run: RolloutRun, parameters: unknown[]): Promise<string[]> {
  const rows = await run.tx.query<{ id: string }>(
    `SELECT o.id FROM rollout o JOIN rollout r ON r.id = $1
      WHERE ${yieldsTo('o', 'r')}
        AND o.id IN (SELECT d.rollout_id FROM deployment d WHERE d.device_id IN (${batch}) AND d.state = ANY($4::text[]))
      ORDER BY ${newestFirst('o')} FOR NO KEY UPDATE OF o`,
    [...parameters, openDeploymentStates],
  );
  const ids = rows.map((row) => row.id);
  await run.tx.execute(
    `SELECT 1 FROM wave w JOIN rollout o ON o.id = w.rollout_id WHERE w.rollout_id = ANY($1::uuid[])
      ORDER BY ${newestFirst('o')}, w.index FOR NO KEY UPDATE OF w`,
    [ids],
  );
  return ids;
}

async function recordSuperseded(run: RolloutRun, taken: Moved, rolloutIds: readonly string[]): Promise<void> {
  const { tx, record } = run;
  await tx.record({
    organizationId: record.organizationId,
    actor: run.actor,
    action: 'deployment.superseded',
    target: { kind: 'rollout', id: record.id },
    after: { fromRolloutIds: rolloutIds, deviceIds: taken.deviceIds, restoredDeviceIds: taken.restoredDeviceIds },
    rolloutId: record.id,
  });
  await announceChanges(tx, record.organizationId, { rolloutIds, deploymentIds: taken.deploymentIds });
  if (taken.restoredDeviceIds.length > 0) await tx.desiredChanged();
}

/** A rollout that has nothing left to do has been replaced: its gates shall not judge devices that were taken from it. */
async function endEmptied(run: RolloutRun, older: readonly string[]): Promise<void> {
  const { tx, record } = run;
  const reason = 'Newer rollouts took over all devices that were left.';
  const ended = await tx.query<{ id: string }>(
    `UPDATE rollout o
        SET state = 'superseded', reason = coalesce(o.reason, $3), finished_at = $4, next_timer_at = NULL, pause_cause = NULL,
            pause_wave = NULL, paused_at = NULL, version = o.version + 1
      WHERE o.id = ANY($1::uuid[]) AND o.state IN ('scheduled', 'running', 'paused')
        AND NOT EXISTS (SELECT 1 FROM wave w WHERE w.rollout_id = o.id AND w.counts ?| $2::text[])
    RETURNING o.id`,
    [older, openDeploymentStates, reason, tx.now],
  );
  const ids = ended.map((row) => row.id);
  if (ids.length === 0) return;
  await tx.execute(
    `UPDATE wave SET state = 'aborted', finished_at = $2, reason = $3, touched = false
      WHERE rollout_id = ANY($1::uuid[]) AND state IN ('pending', 'awaiting_gate', 'running', 'soaking', 'analyzing')`,
    [ids, tx.now, reason],
  );
  for (const id of ids) {
    await tx.record({
      organizationId: record.organizationId,
      actor: run.actor,
      action: 'rollout.superseded',
      target: { kind: 'rollout', id },
      after: { ...(id === record.id ? {} : { byRolloutId: record.id }) },
      reason,
      rolloutId: id,
    });
    await insertDecision(run, {
      rolloutId: id,
      kind: 'supersede_rollout',
      wave: null,
      code: 'superseded_by_newer',
      sentence: reason,
      numbers: {},
    });
  }
}
