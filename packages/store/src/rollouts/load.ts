import type { DeploymentCounts, RolloutPolicy, RolloutState, WaveState } from '@sluice/contracts';
import {
  type EngineInput,
  type FreezeInput,
  type HoldInput,
  type OfferableInput,
  type PauseCause,
  type RolloutInput,
  type WaveInput,
  wavePolicyOf,
} from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { hasBudgets } from '../disruption-budgets/within-budgets.ts';
import { type GivenApproval, readApprovals, validApprovals } from './approvals.ts';
import { freezeOf } from './freezes.ts';
import { holdOf } from './holds.ts';
import { analysisOf } from './measure.ts';
import { offerableOf } from './offerable.ts';
import { offlineOf } from './offline.ts';

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
  creatorId: string;
  revision: number;
  startAt: Date | null;
  priority: number;
  hotfixReason: string | null;
  offered: number;
  offerMinuteAt: Date | null;
  offeredInMinute: number;
  /** The organization has disruption budgets. */
  hasBudgets: boolean;
  /** Some of its devices know more than this database. */
  hasAhead: boolean;
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
  analysisStartedAt: Date | null;
  gateForced: boolean;
  counts: DeploymentCounts;
};

/** By wave: devices that are unhealthy now, and when one last was since the soak of its wave began. */
type Health = { unhealthy: ReadonlyMap<number, number>; lastUnhealthyAt: ReadonlyMap<number, Date> };

const recordQuery = `
  SELECT r.id, r.organization_id AS "organizationId", r.application_id AS "applicationId", r.release_id AS "releaseId",
         r.stage_id AS "stageId", r.kind, r.rollback_of AS "rollbackOf", r.state, r.reason, r.version, r.started_at AS "startedAt",
         r.pause_cause AS "pauseCause", r.pause_wave AS "pauseWave", r.paused_at AS "pausedAt", r.abort_cause AS "abortCause",
         r.abort_roll_back AS "abortRollBack", r.handed_to_rollback AS "handedToRollback",
         r.creator_id AS "creatorId", r.revision, r.start_at AS "startAt", r.priority, r.hotfix_reason AS "hotfixReason", r.offered,
         r.offer_minute_at AS "offerMinuteAt", r.offered_in_minute AS "offeredInMinute",
         ${hasBudgets('r.organization_id')} AS "hasBudgets",
         EXISTS (SELECT 1 FROM device_ahead h WHERE h.organization_id = r.organization_id) AS "hasAhead", p.policy, p.version AS "policyVersion"
    FROM rollout r JOIN rollout_policy p ON p.id = r.policy_id
   WHERE r.id = $1`;

const waveQuery = `
  SELECT index, state, started_at AS "startedAt", deadline_at AS "deadlineAt", soak_started_at AS "soakStartedAt",
         analysis_started_at AS "analysisStartedAt",
         forced AS "gateForced", counts
    FROM wave WHERE rollout_id = $1 ORDER BY index`;

// Only devices that this rollout still answers for: a newer rollout's release is judged there. Both begin with the few devices that are or
// were unhealthy, so that a step costs the same for a hundred devices and a million.
const unhealthyQuery = `
  SELECT d.wave_index AS "waveIndex", count(*)::int AS unhealthy
    FROM device_observed o
    JOIN device_desired x ON x.device_id = o.device_id
    JOIN deployment d ON d.id = x.deployment_id
   WHERE o.organization_id = $2 AND o.health = 'unhealthy' AND d.rollout_id = $1 AND d.state = 'succeeded'
   GROUP BY d.wave_index`;

// What was unhealthy before the success, the old release or the switch itself, does not count against it.
const unhealthySinceQuery = `
  SELECT d.wave_index AS "waveIndex", max(o.last_unhealthy_at) AS "lastUnhealthyAt"
    FROM device_observed o
    JOIN device_desired x ON x.device_id = o.device_id
    JOIN deployment d ON d.id = x.deployment_id
   WHERE o.organization_id = $2 AND o.last_unhealthy_at > $3 AND o.last_unhealthy_at > d.finished_at
     AND d.rollout_id = $1 AND d.state = 'succeeded'
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
  const health = await readHealth(reader, record, waves);
  const gates = await readGates(reader, record, options.now);
  const offerable = await readOfferable(reader, record, waves, options.now);
  const analysis = await readAnalysis(reader, record, waves, options.now);
  const absent = await readAbsent(reader, record, waves, options.now);
  const input: EngineInput = {
    policy: record.policy,
    policyVersion: record.policyVersion,
    rollout: rolloutInput(record, gates),
    waves: waves.map((wave) => ({
      ...waveInput(wave, health, options.now),
      approvals: validApprovals(gates.approvals, wave.index, record),
      offerable: offerable?.wave === wave.index ? offerable.counts : allOf(wave),
      analysis: analysis?.wave === wave.index ? analysis.input : null,
      ...absent.get(wave.index),
    })),
    now: options.now.getTime(),
  };
  return { record, input };
}

async function readHealth(reader: Reader, record: RolloutRecord, waves: readonly WaveRow[]): Promise<Health> {
  const { id, organizationId } = record;
  const unhealthy = await reader.query<{ waveIndex: number; unhealthy: number }>(unhealthyQuery, [id, organizationId]);
  const soaks = waves.flatMap(({ state, soakStartedAt }) =>
    state === 'soaking' && soakStartedAt !== null ? [soakStartedAt.getTime()] : [],
  );
  const since = soaks.length === 0 ? null : new Date(Math.min(...soaks));
  const flapped =
    since === null
      ? []
      : await reader.query<{ waveIndex: number; lastUnhealthyAt: Date }>(unhealthySinceQuery, [id, organizationId, since]);
  return {
    unhealthy: new Map(unhealthy.map((row) => [row.waveIndex, row.unhealthy])),
    lastUnhealthyAt: new Map(flapped.map((row) => [row.waveIndex, row.lastUnhealthyAt])),
  };
}

type Gates = { approvals: readonly GivenApproval[]; freeze: FreezeInput | null; hold: HoldInput | null };

async function readGates(reader: Reader, record: RolloutRecord, now: Date): Promise<Gates> {
  const { kind, policy, organizationId, stageId, hotfixReason } = record;
  const asksForApproval = policy.approval !== undefined || policy.waves.some(({ approval }) => approval !== undefined);
  return {
    approvals: asksForApproval ? await readApprovals(reader, record.id) : [],
    freeze: hotfixReason === null && kind !== 'rollback' ? await freezeOf(reader, organizationId, { stageId, now }) : null,
    hold: await holdOf(reader, record),
  };
}

const beforeOffers: readonly WaveState[] = ['pending', 'awaiting_gate', 'running'];

/** Only the wave whose turn it is offers anything. */
async function readOfferable(reader: Reader, record: RolloutRecord, waves: readonly WaveRow[], now: Date) {
  const wave = record.state === 'running' ? waves.find(({ state }) => beforeOffers.includes(state)) : undefined;
  return wave === undefined ? undefined : { wave: wave.index, counts: await offerableOf(reader, record, wave, now) };
}

/** Measurements matter to the wave that is analyzed; none is due while the rollout does not run. */
async function readAnalysis(reader: Reader, record: RolloutRecord, waves: readonly WaveRow[], now: Date) {
  const wave = waves.find(({ state }) => state === 'analyzing');
  const analysis = wave === undefined ? undefined : wavePolicyOf(record.policy, wave.index)?.analysis;
  if (wave === undefined || wave.analysisStartedAt === null || analysis === undefined) return undefined;
  const isMeasuring = record.state === 'running' && !wave.gateForced;
  const analyzed = { rolloutId: record.id, index: wave.index, startedAt: wave.analysisStartedAt, isMeasuring };
  return { wave: wave.index, input: await analysisOf(reader, analyzed, analysis, now) };
}

/** Who is not there, of the wave in turn, and of a wave whose time is over. */
async function readAbsent(reader: Reader, record: RolloutRecord, waves: readonly WaveRow[], now: Date) {
  const absent = new Map<number, Pick<WaveInput, 'offline'>>();
  if (record.state !== 'running' && record.state !== 'aborting') return absent;
  const inTurn = waves.find(({ state }) => beforeOffers.includes(state));
  for (const wave of waves) {
    if (wave !== inTurn && (wave.deadlineAt === null || wave.deadlineAt > now)) continue;
    const offline = await offlineOf(reader, record, wave.index, now);
    if (offline !== undefined) absent.set(wave.index, { offline });
  }
  return absent;
}

function allOf({ counts }: WaveRow): OfferableInput {
  return { queue: counts.scheduled ?? 0, now: counts.queued ?? 0, waits: [] };
}

function rolloutInput(record: RolloutRecord, gates: Gates): RolloutInput {
  return {
    state: record.state,
    purpose: record.kind === 'rollback' ? 'rollback' : 'update',
    startAt: milliseconds(record.startAt),
    startedAt: milliseconds(record.startedAt),
    pause:
      record.pauseCause === null || record.pausedAt === null
        ? null
        : { cause: record.pauseCause, wave: record.pauseWave, at: record.pausedAt.getTime() },
    abort: record.abortCause === null ? null : { cause: record.abortCause, rollBack: record.abortRollBack },
    handedToRollback: record.handedToRollback,
    approvals: validApprovals(gates.approvals, null, record),
    freeze: gates.freeze,
    hold: gates.hold,
    offers: { offered: record.offered, minuteStartedAt: milliseconds(record.offerMinuteAt), inMinute: record.offeredInMinute },
  };
}

function waveInput(wave: WaveRow, health: Health, now: Date): Omit<WaveInput, 'approvals' | 'offerable' | 'analysis'> {
  const unhealthySucceeded = health.unhealthy.get(wave.index) ?? 0;
  return {
    index: wave.index,
    state: wave.state,
    startedAt: milliseconds(wave.startedAt),
    deadlineAt: milliseconds(wave.deadlineAt),
    soakStartedAt: milliseconds(wave.soakStartedAt),
    gateForced: wave.gateForced,
    counts: wave.counts,
    unhealthySucceeded,
    lastUnhealthyAt: unhealthySucceeded > 0 ? now.getTime() : milliseconds(health.lastUnhealthyAt.get(wave.index) ?? null),
  };
}

function milliseconds(date: Date | null): number | null {
  return date === null ? null : date.getTime();
}
