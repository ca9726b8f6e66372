/**
 * A newer rollout over a device takes it from older ones. INVARIANTS
 * - It happens in the transaction that queues the newer deployment (31), for open deployments only; a superseded one is never a success.
 * - Older rollouts are locked before they are touched, newest first: rings of waiting transactions cannot arise.
 */
import { activeDeploymentStates, deploymentCommands, openDeploymentStates } from '@sluice/rollout';
import { uuidArray } from '../base/uuid-array.ts';
import { announceChanges } from './announce.ts';
import { insertDecision } from './insert-decision.ts';
import { type Batch, type Moved, moveDeployments } from './move-deployments.ts';
import { isOlder, newestFirst, yieldsTo } from './newest-first.ts';
import type { RolloutRun } from './run.ts';

/**
 * Takes the devices that are about to be queued from older rollouts, and leaves to newer ones what is theirs already. Answers with the others' ids.
 * Rollouts that have ended have no open deployment: without another one that could matter nothing is looked for.
 */
export async function supersede(run: RolloutRun, { deploymentIds, deviceIds }: Batch): Promise<string[]> {
  const others = await othersOf(run);
  if (others.hasNewer) await leaveToNewer(run, deploymentIds);
  return others.hasOlder ? takeFromOlder(run, deviceIds) : [];
}

async function othersOf({ tx, record }: RolloutRun): Promise<{ hasNewer: boolean; hasOlder: boolean }> {
  const [others] = await tx.query<{ hasNewer: boolean; hasOlder: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM rollout o WHERE o.organization_id = r.organization_id AND o.id <> r.id
                       AND (o.state IN ('running', 'paused', 'aborting') AND ${yieldsTo('r', 'o')}
                            OR o.priority >= r.priority AND ${isOlder('r', 'o')})) AS "hasNewer",
            EXISTS (SELECT 1 FROM rollout o WHERE o.organization_id = r.organization_id AND o.id <> r.id
                       AND o.state IN ('scheduled', 'running', 'paused', 'aborting') AND ${yieldsTo('o', 'r')}) AS "hasOlder"
       FROM rollout r WHERE r.id = $1`,
    [record.id],
  );
  return others ?? { hasNewer: true, hasOlder: true };
}

async function leaveToNewer(run: RolloutRun, deploymentIds: readonly string[]): Promise<void> {
  const newer = await moveDeployments(run.tx, {
    from: ['scheduled'],
    to: deploymentCommands.supersede.to,
    // OFFSET 0: asked device by device, whatever the planner believes to know about deployments that are some seconds old.
    where: `d.id = ANY($2::uuid[]) AND (
              SELECT count(*) > 0 FROM (
                SELECT 1 FROM deployment n JOIN rollout o ON o.id = n.rollout_id JOIN rollout r ON r.id = $1
                 WHERE n.device_id = d.device_id
                   AND (n.state = ANY($3::text[]) AND ${yieldsTo('r', 'o')}
                        OR n.state = 'succeeded' AND o.priority >= r.priority AND ${isOlder('r', 'o')}) OFFSET 0) t)`,
    parameters: [run.record.id, uuidArray(deploymentIds), [...activeDeploymentStates]],
  });
  if (newer.deviceIds.length === 0) return;
  await recordSuperseded(run, newer, [run.record.id]);
  await endEmptied(run, [run.record.id]);
}

async function takeFromOlder(run: RolloutRun, deviceIds: readonly string[]): Promise<string[]> {
  const older = await lockOlder(run, deviceIds);
  if (older.length === 0) return [];
  const taken = await moveDeployments(run.tx, {
    ...deploymentCommands.supersede,
    where: `d.device_id = ANY($1::uuid[]) AND d.rollout_id = ANY($2::uuid[])`,
    parameters: [uuidArray(deviceIds), older],
  });
  await recordSuperseded(run, taken, older);
  await endEmptied(run, older);
  return older;
}

async function lockOlder(run: RolloutRun, deviceIds: readonly string[]): Promise<string[]> {
  const others = await run.tx.query<{ id: string }>(
    'SELECT DISTINCT d.rollout_id AS id FROM deployment d WHERE d.device_id = ANY($2::uuid[]) AND d.rollout_id <> $1 AND d.state = ANY($3::text[])',
    [run.record.id, uuidArray(deviceIds), openDeploymentStates],
  );
  if (others.length === 0) return [];
  const rows = await run.tx.query<{ id: string }>(
    `SELECT o.id FROM rollout o JOIN rollout r ON r.id = $1 WHERE o.id = ANY($2::uuid[]) AND ${yieldsTo('o', 'r')}
      ORDER BY ${newestFirst('o')} FOR NO KEY UPDATE OF o`,
    [run.record.id, others.map(({ id }) => id)],
  );
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return [];
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
