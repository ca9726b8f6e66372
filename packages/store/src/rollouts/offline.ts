/**
 * Devices that are not there when it is their turn. INVARIANTS
 * - Who was never seen is not there. A device that has accepted the release is at work, however silent: its deadline decides about it.
 * - What is set aside gives its device back what it ran, in the same statement, as everywhere.
 */
import type { RolloutPolicy } from '@sluice/contracts';
import { type Decision, deploymentCommands, lateWaveOf, type OfflineInput } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import type { RolloutRecord } from './load.ts';
import { type Moved, moveDeployments, movedIds, restoreDesired } from './move-deployments.ts';
import type { Effect, RolloutRun } from './run.ts';

type SetAside = Extract<Decision, { kind: 'set_aside' }>;

const notAccepted = deploymentCommands.skip.from;

/** Who was not seen after this moment is offline by the policy; null: it waits for everybody. */
export function awayBefore({ offline }: Pick<RolloutPolicy, 'offline'>, now: Date): Date | null {
  return offline === undefined || offline.action === 'wait' ? null : new Date(now.getTime() - offline.afterMs);
}

/** SQL: whether a device was not seen after a moment. */
export function isAway(deviceId: string, moment: string): string {
  return `coalesce((SELECT s.last_seen_at <= ${moment} FROM device_presence s WHERE s.device_id = ${deviceId}), true)`;
}

/** Counts for the engine the devices of a wave that are not there, and says when the next one will have been away for too long. */
export async function offlineOf(reader: Reader, record: RolloutRecord, wave: number, now: Date): Promise<OfflineInput | undefined> {
  const { policy } = record;
  const before = awayBefore(policy, now);
  if (before === null || policy.offline === undefined) return undefined;
  const [row] = await reader.query<{ devices: number; next: Date | null }>(
    `SELECT count(*) FILTER (WHERE p.last_seen_at IS NULL OR p.last_seen_at <= $4)::int AS devices,
            min(p.last_seen_at) FILTER (WHERE p.last_seen_at > $4) AS next
       FROM deployment d LEFT JOIN device_presence p ON p.device_id = d.device_id
      WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = ANY($3::text[])`,
    [record.id, wave, notAccepted, before],
  );
  const isPatient = policy.offline.action === 'late_wave' && wave === lateWaveOf(policy);
  const next = isPatient ? null : (row?.next?.getTime() ?? null);
  return { devices: row?.devices ?? 0, nextAt: next === null ? null : next + policy.offline.afterMs };
}

/** Leaves devices of a wave out, or puts them into the late wave. Under the locks of the rollout and its waves. */
export async function setAside(run: RolloutRun, decision: SetAside): Promise<Effect> {
  const { tx, record } = run;
  const before = awayBefore(record.policy, tx.now);
  const moved = decision.action === 'exclude' ? await exclude(run, decision, before) : await defer(run, decision, before);
  if (moved.restoredDeviceIds.length > 0) await tx.desiredChanged();
  return { ...moved, isPartial: decision.count > run.batchSizeMax, facts: { action: decision.action } };
}

function exclude({ tx, record, batchSizeMax }: RolloutRun, { wave }: SetAside, before: Date | null): Promise<Moved> {
  return moveDeployments(tx, {
    ...deploymentCommands.skip,
    where: `d.rollout_id = $1 AND d.wave_index = $2 AND ${isAway('d.device_id', '$3::timestamptz')}`,
    parameters: [record.id, wave, before],
    limit: batchSizeMax,
    code: 'OFFLINE',
    message: 'The device was not there when it was its turn.',
  });
}

async function defer({ tx, record, batchSizeMax }: RolloutRun, { wave }: SetAside, before: Date | null): Promise<Moved> {
  const late = lateWaveOf(record.policy);
  const [moved] = await tx.query<Moved>(
    `WITH picked AS (
       SELECT d.id, d.state FROM deployment d JOIN wave w ON w.rollout_id = d.rollout_id AND w.index = $7
        WHERE d.rollout_id = $1 AND d.wave_index = $2 AND d.state = ANY($3::text[]) AND ${isAway('d.device_id', '$4::timestamptz')}
          AND w.state IN ('pending', 'awaiting_gate')
        ORDER BY d.id LIMIT $5 FOR NO KEY UPDATE OF d),
     moved AS (
       UPDATE deployment d SET state = 'scheduled', wave_index = $7, updated_at = $6::timestamptz FROM picked p WHERE d.id = p.id
       RETURNING d.id, d.device_id, d.rollout_id, p.state AS old_state, d.from_release_id, d.from_stage_id,
                 d.from_variables_revision, d.late_success_at),
     restored AS (${restoreDesired('moved', '$6::timestamptz')}),
     gone AS (SELECT old_state AS state, count(*)::int AS devices FROM moved GROUP BY 1),
     counted AS (
       UPDATE wave w
          SET touched = true, size = w.size + CASE WHEN w.index = $7 THEN 1 ELSE -1 END * (SELECT count(*)::int FROM moved),
              counts = (
                SELECT coalesce(jsonb_object_agg(s.state, s.devices) FILTER (WHERE s.devices <> 0), '{}')
                  FROM (SELECT e.state, sum(e.devices)::int AS devices
                          FROM (SELECT key AS state, value::int AS devices FROM jsonb_each_text(w.counts)
                                UNION ALL SELECT state, -devices FROM gone WHERE w.index = $2
                                UNION ALL SELECT 'scheduled', devices FROM gone WHERE w.index = $7) e
                         GROUP BY e.state) s)
        WHERE w.rollout_id = $1 AND w.index IN ($2, $7)
       RETURNING w.index)
     SELECT ${movedIds}, coalesce((SELECT json_agg(device_id ORDER BY device_id) FROM restored), '[]') AS "restoredDeviceIds"`,
    [record.id, wave, notAccepted, before, batchSizeMax, tx.now, late],
  );
  return moved ?? { deploymentIds: [], deviceIds: [], restoredDeviceIds: [] };
}
