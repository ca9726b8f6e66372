/**
 * Sends devices that a rollout changed back to what each of them ran before. INVARIANTS
 * - Only devices that succeeded, that no newer rollout owns, and that are in no rollback of this rollout yet: nobody is sent back twice.
 * - A rollback is a rollout of its own, over a release with a higher counter; it is never rolled back by itself (14).
 * - All or nothing: without a key to sign with, nothing changes and a blocker says so.
 */
import type { RolloutPolicy } from '@sluice/contracts';
import type { Decision } from '@sluice/rollout';
import { announceChanges } from './announce.ts';
import { insertDecision } from './insert-decision.ts';
import { isSentBack, runsItSinceLate } from './late-success.ts';
import { placedId } from './placed-id.ts';
import { countWaves, insertWaves } from './plan.ts';
import { releaseToGoBackTo } from './republish.ts';
import type { Effect, RolloutRun } from './run.ts';

type RollBackDecision = Extract<Decision, { kind: 'roll_back_changed_devices' }>;
type Group = { fromReleaseId: string; fromStageId: string | null; devices: number };

// A device whose first release this was, or that already ran it, has nothing to go back to and stays as it is.
const goingBack = (which: string): string => `
  FROM deployment d
  JOIN rollout r ON r.id = d.rollout_id
  JOIN device_desired x ON x.device_id = d.device_id
 WHERE d.rollout_id = $1 AND ${which} AND d.from_release_id IS NOT NULL AND d.from_release_id <> r.release_id
   AND NOT EXISTS (SELECT 1 FROM deployment b JOIN rollout k ON k.id = b.rollout_id
                    WHERE k.rollback_of = $1 AND b.device_id = d.device_id)`;

const changedDevices = goingBack(`d.state = 'succeeded' AND x.deployment_id = d.id`);
const lateDevices = goingBack(runsItSinceLate);

/** Creates one rollback rollout for each release that changed devices came from. */
export async function rollBack(run: RolloutRun, decision: RollBackDecision): Promise<Effect> {
  const { tx, record } = run;
  const sent = await sendBack(run, changedDevices);
  if (sent === null) return { isBlocked: true };
  await tx.execute('UPDATE rollout SET handed_to_rollback = $2, version = version + 1 WHERE id = $1 AND handed_to_rollback = $3', [
    record.id,
    decision.handedToRollback + decision.count,
    decision.handedToRollback,
  ]);
  const { rollbackIds, devices } = sent;
  return { otherRolloutIds: rollbackIds, facts: { rollbackRolloutIds: rollbackIds, devices, withoutPrevious: decision.count - devices } };
}

/** What became of devices that are to go back. `againAt`: when to look again, because they wait. */
export type SentBack = { rollbackIds: string[]; devices: number; againAt?: number };

/** Devices that succeed late come one by one: those of so long go back together. Milliseconds. */
const lateTogetherMs = 60_000;

/**
 * Sends back the devices that succeeded with the release of this ended rollout when nobody waited for them any more, if it was bad.
 * @returns null: the release to go back to cannot be signed now
 */
export async function sendLateBack(run: RolloutRun): Promise<SentBack | null> {
  if (!isSentBack(run.record)) return { rollbackIds: [], devices: 0 };
  const againAt = await lastRollbackAt(run, lateTogetherMs);
  if (againAt !== null) return { rollbackIds: [], devices: 0, againAt };
  const sent = await sendBack(run, lateDevices);
  if (sent === null || sent.devices === 0) return sent;
  await insertDecision(run, {
    rolloutId: run.record.id,
    kind: 'roll_back_late_devices',
    wave: null,
    code: 'succeeded_late',
    sentence: 'Devices were heard to run the release only after the rollout had ended: they go back, too.',
    numbers: { devices: sent.devices },
  });
  return sent;
}

/** When the latest rollback of a rollout will have been created for so long, if devices wait and that is still to come; else null. */
async function lastRollbackAt({ tx, record }: RolloutRun, forMs: number): Promise<number | null> {
  const [row] = await tx.query<{ at: Date | null; waiting: boolean }>(
    `SELECT (SELECT max(created_at) FROM rollout WHERE rollback_of = $1) AS at, EXISTS (SELECT 1 ${lateDevices}) AS waiting`,
    [record.id],
  );
  const again = row?.at == null || !row.waiting ? 0 : row.at.getTime() + forMs;
  return again > tx.now.getTime() ? again : null;
}

async function sendBack(run: RolloutRun, from: string): Promise<SentBack | null> {
  const groups = await run.tx.query<Group>(
    `SELECT d.from_release_id AS "fromReleaseId", d.from_stage_id AS "fromStageId", count(*)::int AS devices
       ${from} GROUP BY 1, 2 ORDER BY 1, 2`,
    [run.record.id],
  );
  const targets = await republishAll(run, groups);
  if (targets === null) return null;
  const rollbackIds: string[] = [];
  for (const group of groups) {
    rollbackIds.push(await createRollback(run, { ...group, from }, targets.get(group.fromReleaseId) ?? group.fromReleaseId));
  }
  return { rollbackIds, devices: groups.reduce((sum, group) => sum + group.devices, 0) };
}

async function republishAll(run: RolloutRun, groups: readonly Group[]): Promise<Map<string, string> | null> {
  const { tx, record, actor } = run;
  const signer = run.releaseSigner === null ? null : await run.releaseSigner(tx, record.organizationId);
  const [release] = await tx.query<{ counter: number }>('SELECT counter FROM release WHERE id = $1', [record.releaseId]);
  const targets = new Map<string, string>();
  for (const releaseId of new Set(groups.map((group) => group.fromReleaseId))) {
    const wanted = {
      organizationId: record.organizationId,
      releaseId,
      applicationId: record.applicationId,
      aboveCounter: release?.counter ?? 0,
    };
    const target = await releaseToGoBackTo(tx, wanted, { signer, actor });
    if (target === null) return null;
    targets.set(releaseId, target);
  }
  return targets;
}

async function createRollback(run: RolloutRun, group: Group & { from: string }, releaseId: string): Promise<string> {
  const { tx, record, actor } = run;
  const policyId = tx.uuid();
  await tx.execute(
    `INSERT INTO rollout_policy (id, organization_id, stage_id, version, policy, created_by, created_at) VALUES ($1, $2, NULL, 1, $3, $4, $5)`,
    [policyId, record.organizationId, JSON.stringify(rollbackPolicy(record.policy)), actor.name, tx.now],
  );
  const id = tx.uuid();
  await tx.execute(
    `INSERT INTO rollout (id, organization_id, application_id, release_id, stage_id, policy_id, kind, rollback_of, state, size, created_by,
                          created_at, next_timer_at, variables_revision)
     SELECT $1, $2, l.application_id, l.id, $4, $5, 'rollback', $6, 'scheduled', 0, $7, $8, $8, o.variables_revision
       FROM release l JOIN organization o ON o.id = l.organization_id WHERE l.id = $3`,
    [id, record.organizationId, releaseId, group.fromStageId ?? record.stageId, policyId, record.id, actor.name, tx.now],
  );
  await insertWaves(tx, id, 1);
  // Each device gets the variables back that it had there, and not those that were set since: that is what was seen working.
  await tx.execute(
    `INSERT INTO deployment (id, organization_id, rollout_id, device_id, wave_index, state, attempt, updated_at, variables_revision)
     SELECT ${placedId({ place: 'c.place', time: '$3::timestamptz' })}, c.organization_id, $2::uuid, c.device_id, 0, 'scheduled', 0,
            $3::timestamptz, c.from_variables_revision
       FROM (SELECT d.organization_id, d.device_id, d.from_variables_revision, (row_number() OVER (ORDER BY d.id) - 1)::int AS place ${group.from}
                AND d.from_release_id = $4 AND d.from_stage_id IS NOT DISTINCT FROM $5) c`,
    [record.id, id, tx.now, group.fromReleaseId, group.fromStageId],
  );
  await countWaves(tx, id);
  await tx.record({
    organizationId: record.organizationId,
    actor,
    action: 'rollout.created',
    target: { kind: 'rollout', id },
    after: { kind: 'rollback', rollbackOf: record.id, releaseId, fromReleaseId: group.fromReleaseId, devices: group.devices },
    rolloutId: id,
  });
  await announceChanges(tx, record.organizationId, { rolloutIds: [id] });
  return id;
}

/**
 * One wave over all devices. Nothing stops it half way: a device that cannot go back is counted as failed, and keeps no other device on a
 * release that was given up.
 */
function rollbackPolicy(of: RolloutPolicy): RolloutPolicy {
  return {
    waves: [{ size: { kind: 'rest' }, threshold: { successPercent: 0, errorPercent: 100, minimumSample: 1 }, soakMs: 0 }],
    order: 'name',
    deploymentDeadlineMs: of.deploymentDeadlineMs,
    onBreach: 'pause',
  };
}
