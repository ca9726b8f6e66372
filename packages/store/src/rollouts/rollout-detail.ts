import type { Blocker, RolloutApproval, RolloutDecision, RolloutDetail, Wave, WaveMeasurement } from '@sluice/contracts';
import { blockersOf, decide, lateWaveOf, type MetricResult, wavePolicyOf } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import { notFound } from '../errors.ts';
import { variablesChangedSince } from '../variables/changed-since.ts';
import { type GivenApproval, readApprovals, validApprovals } from './approvals.ts';
import { toBlocker } from './blockers.ts';
import { loadRollout, type RolloutRecord } from './load.ts';
import { findRollout } from './read-rollout.ts';

// The page of a rollout shows what was decided lately; the ledger has it all.
const decisionsMax = 200;

type DecisionRow = Omit<RolloutDecision, 'at'> & { at: Date };

/**
 * A rollout with its policy, its waves, why it does not move now, and the latest decisions, newest first.
 * @throws StoreError NOT_FOUND
 */
export async function getRolloutDetail(
  reader: Reader,
  organizationId: string,
  target: { rolloutId: string; now: Date },
): Promise<RolloutDetail> {
  const { rolloutId, now } = target;
  const rollout = await findRollout(reader, organizationId, rolloutId);
  const loaded = rollout === undefined ? undefined : await loadRollout(reader, rolloutId, { now, lock: false });
  if (rollout === undefined || loaded === undefined) throw notFound('rollout', rolloutId);
  const step = decide(loaded.input);
  const needsKey = step.decisions.some((decision) => decision.kind === 'roll_back_changed_devices');
  const isKeyOffline = needsKey && !(await hasReleaseKey(reader, organizationId));
  return {
    ...rollout,
    startAt: isoOrNull(loaded.record.startAt),
    priority: loaded.record.priority,
    hotfixReason: loaded.record.hotfixReason,
    approvals: (await readApprovals(reader, rolloutId)).map((each) => toApproval(each, loaded.record)),
    policy: loaded.record.policy,
    policyVersion: loaded.record.policyVersion,
    waves: await readWaves(reader, loaded.record),
    blockers: [...(isKeyOffline ? [keyOffline] : []), ...blockersOf(loaded.input, { kind: 'rollout' }).map(toBlocker)],
    measurements: await readMeasurements(reader, loaded.record),
    decisions: await readDecisions(reader, rolloutId),
    variables: await variablesChangedSince(reader, organizationId, rolloutId),
  };
}

function toApproval(given: GivenApproval, record: RolloutRecord): RolloutApproval {
  const { waveIndex, personName, comment, createdAt } = given;
  const counts = validApprovals([given], waveIndex, record) === 1;
  return { waveIndex, person: personName, comment, at: iso(createdAt), counts };
}

const keyOffline: Blocker = {
  code: 'release_key_offline',
  sentence: 'The release key is offline, so the release to go back to cannot be signed with a higher counter.',
  unblock: 'Publish the rollback release by hand with the offline key; it is taken from there.',
  waveIndex: null,
  until: null,
  numbers: {},
};

async function hasReleaseKey(reader: Reader, organizationId: string): Promise<boolean> {
  const keys = await reader.query(
    `SELECT 1 FROM signing_key WHERE organization_id = $1 AND role = 'release' AND sealed_private_key IS NOT NULL LIMIT 1`,
    [organizationId],
  );
  return keys.length > 0;
}

async function readWaves(reader: Reader, { id, policy }: RolloutRecord): Promise<Wave[]> {
  type Row = Omit<Wave, 'late' | 'startedAt' | 'soakStartedAt' | 'finishedAt'> &
    Record<'startedAt' | 'soakStartedAt' | 'finishedAt', Date | null>;
  const rows = await reader.query<Row>(
    `SELECT w.index, w.state, w.size, w.counts, w.started_at AS "startedAt", w.soak_started_at AS "soakStartedAt",
            w.finished_at AS "finishedAt", w.reason,
            CASE WHEN w.counts ? 'skipped' THEN (
              SELECT count(*)::int FROM deployment d
               WHERE d.rollout_id = w.rollout_id AND d.wave_index = w.index AND d.state = 'skipped' AND d.code = 'OFFLINE') ELSE 0 END AS "leftOut"
       FROM wave w WHERE w.rollout_id = $1 ORDER BY w.index`,
    [id],
  );
  const late = lateWaveOf(policy);
  return rows.map((row) => ({
    ...row,
    late: row.index === late,
    startedAt: isoOrNull(row.startedAt),
    soakStartedAt: isoOrNull(row.soakStartedAt),
    finishedAt: isoOrNull(row.finishedAt),
  }));
}

type MeasurementRow = Omit<WaveMeasurement, 'at' | 'metrics'> & { at: Date; results: readonly MetricResult[] };

async function readMeasurements(reader: Reader, { id, policy }: RolloutRecord): Promise<WaveMeasurement[]> {
  const rows = await reader.query<MeasurementRow>(
    `SELECT wave_index AS "waveIndex", number, at, updated, results
       FROM wave_measurement WHERE rollout_id = $1 ORDER BY wave_index DESC, number DESC LIMIT $2`,
    [id, decisionsMax],
  );
  return rows.map(({ results, ...row }) => {
    const metrics = wavePolicyOf(policy, row.waveIndex)?.analysis?.metrics ?? [];
    return {
      ...row,
      at: iso(row.at),
      metrics: results.map(({ name, sample, value, baseline, outcome }) => ({
        name,
        dryRun: metrics.find((metric) => metric.name === name)?.dryRun === true,
        sample,
        value: inUnits(value),
        baseline: inUnits(baseline),
        outcome,
      })),
    };
  });
}

const inUnits = (thousandths: number | null): number | null => (thousandths === null ? null : thousandths / 1_000);

async function readDecisions(reader: Reader, rolloutId: string): Promise<RolloutDecision[]> {
  const rows = await reader.query<DecisionRow>(
    `SELECT id, at, kind, wave_index AS "waveIndex", actor, code, sentence, numbers, policy_version AS "policyVersion"
       FROM rollout_decision WHERE rollout_id = $1 ORDER BY id DESC LIMIT $2`,
    [rolloutId, decisionsMax],
  );
  return rows.map((row) => ({ ...row, at: iso(row.at) }));
}
