import type { DeploymentCounts, RolloutPolicy, RolloutState, WaveState } from '@sluice/contracts';
import type { EngineInput, PauseCause, RolloutInput, WaveInput } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';

/** A rollout's row with its policy. */
export type RolloutRecord = {
  id: string;
  organizationId: string;
  applicationId: string;
  releaseId: string;
  stageId: string | null;
  kind: 'promotion' | 'rollback';
  rollbackOf: string | null;
  state: RolloutState;
  reason: string | null;
  version: number;
  startedAt: Date | null;
  pauseCause: PauseCause | null;
  pauseWave: number | null;
  pausedAt: Date | null;
  abortCause: 'person' | 'breach' | null;
  abortRollBack: boolean;
  handedToRollback: number;
  policy: RolloutPolicy;
  policyVersion: number;
};

/** A rollout and what the engine is asked with. */
export type LoadedRollout = { record: RolloutRecord; input: EngineInput };

type WaveRow = {
  index: number;
  state: WaveState;
  startedAt: Date | null;
  deadlineAt: Date | null;
  soakStartedAt: Date | null;
  gateForced: boolean;
  counts: DeploymentCounts;
};

type HealthRow = { waveIndex: number; unhealthy: number; lastUnhealthyAt: Date | null };

const recordQuery = `
  SELECT r.id, r.organization_id AS "organizationId", r.application_id AS "applicationId", r.release_id AS "releaseId",
         r.stage_id AS "stageId", r.kind, r.rollback_of AS "rollbackOf", r.state, r.reason, r.version, r.started_at AS "startedAt",
         r.pause_cause AS "pauseCause", r.pause_wave AS "pauseWave", r.paused_at AS "pausedAt", r.abort_cause AS "abortCause",
         r.abort_roll_back AS "abortRollBack", r.handed_to_rollback AS "handedToRollback", p.policy, p.version AS "policyVersion"
    FROM rollout r JOIN rollout_policy p ON p.id = r.policy_id
   WHERE r.id = $1`;

const waveQuery = `
  SELECT index, state, started_at AS "startedAt", deadline_at AS "deadlineAt", soak_started_at AS "soakStartedAt",
         forced AS "gateForced", counts
    FROM wave WHERE rollout_id = $1 ORDER BY index`;

// Only devices that this rollout still answers for: a newer rollout's release is judged there. What was unhealthy before the success, the old
// release or the switch itself, does not count against it.
const healthQuery = `
  SELECT d.wave_index AS "waveIndex", (count(*) FILTER (WHERE o.health = 'unhealthy'))::int AS unhealthy,
         max(o.last_unhealthy_at) FILTER (WHERE o.last_unhealthy_at > d.finished_at) AS "lastUnhealthyAt"
    FROM deployment d
    JOIN device_desired x ON x.device_id = d.device_id AND x.deployment_id = d.id
    JOIN device_observed o ON o.device_id = d.device_id
   WHERE d.rollout_id = $1 AND d.state = 'succeeded'
   GROUP BY d.wave_index`;

/**
 * Reads a rollout for the engine. With `lock` the rollout and all its waves stay locked until the transaction ends: counts then only change by
 * this transaction. Lock order everywhere: the rollout, its waves, then deployments, then desired states; of several rollouts the newest first.
 */
export async function loadRollout(
  reader: Reader,
  rolloutId: string,
  options: { now: Date; lock: boolean },
): Promise<LoadedRollout | undefined> {
  const [record] = await reader.query<RolloutRecord>(`${recordQuery}${options.lock ? ' FOR NO KEY UPDATE OF r' : ''}`, [rolloutId]);
  if (record === undefined) return undefined;
  const waves = await reader.query<WaveRow>(`${waveQuery}${options.lock ? ' FOR NO KEY UPDATE' : ''}`, [rolloutId]);
  const health = await reader.query<HealthRow>(healthQuery, [rolloutId]);
  const input: EngineInput = {
    policy: record.policy,
    policyVersion: record.policyVersion,
    rollout: rolloutInput(record),
    waves: waves.map((wave) => waveInput(wave, health, options.now)),
    now: options.now.getTime(),
  };
  return { record, input };
}

function rolloutInput(record: RolloutRecord): RolloutInput {
  return {
    state: record.state,
    purpose: record.kind === 'rollback' ? 'rollback' : 'update',
    startAt: null,
    startedAt: milliseconds(record.startedAt),
    pause:
      record.pauseCause === null || record.pausedAt === null
        ? null
        : { cause: record.pauseCause, wave: record.pauseWave, at: record.pausedAt.getTime() },
    abort: record.abortCause === null ? null : { cause: record.abortCause, rollBack: record.abortRollBack },
    handedToRollback: record.handedToRollback,
  };
}

function waveInput(wave: WaveRow, health: readonly HealthRow[], now: Date): WaveInput {
  const seen = health.find((row) => row.waveIndex === wave.index);
  const unhealthySucceeded = seen?.unhealthy ?? 0;
  return {
    index: wave.index,
    state: wave.state,
    startedAt: milliseconds(wave.startedAt),
    deadlineAt: milliseconds(wave.deadlineAt),
    soakStartedAt: milliseconds(wave.soakStartedAt),
    gateForced: wave.gateForced,
    counts: wave.counts,
    unhealthySucceeded,
    lastUnhealthyAt: unhealthySucceeded > 0 ? now.getTime() : milliseconds(seen?.lastUnhealthyAt ?? null),
  };
}

function milliseconds(date: Date | null): number | null {
  return date === null ? null : date.getTime();
}
