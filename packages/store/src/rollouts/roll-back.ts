/**
 * Sends devices that a rollout changed back to what each of them ran before. INVARIANTS
 * - Only devices that succeeded, that no newer rollout owns, and that are in no rollback of this rollout yet: nobody is sent back twice.
 * - A rollback is a staged rollout of its own, over a release with a higher counter; it is never rolled back by itself (14).
 * - All or nothing: without a key to sign with, nothing changes and a blocker says so.
 */
import type { Decision } from '@sluice/rollout';
import { createRollback } from './create-rollback.ts';
import { goingBackFrom } from './going-back.ts';
import { insertDecision } from './insert-decision.ts';
import { isSentBack, runsItSinceLate } from './late-success.ts';
import { releaseToGoBackTo } from './republish.ts';
import type { Effect, RolloutRun } from './run.ts';

type RollBackDecision = Extract<Decision, { kind: 'roll_back_changed_devices' }>;
type Group = { toReleaseId: string; toStageId: string | null; devices: number };

// A device whose first release this was, or that has run no other well, has nothing to go back to and stays as it is.
const goingBack = (which: string): string => `
  SELECT d.organization_id, d.device_id, d.id AS deployment_id, r.release_id, r.stage_id
    FROM deployment d
    JOIN rollout r ON r.id = d.rollout_id
    JOIN device_desired x ON x.device_id = d.device_id
   WHERE d.rollout_id = $1 AND ${which} AND d.from_release_id IS NOT NULL
     AND (d.from_release_id <> r.release_id OR d.from_variables_revision <> coalesce(d.variables_revision, r.variables_revision))
     AND NOT EXISTS (SELECT 1 FROM deployment b JOIN rollout k ON k.id = b.rollout_id
                      WHERE k.rollback_of = $1 AND b.device_id = d.device_id)`;

/** SQL of the devices that a rollout ($1) of an organization ($2) has changed, with what they go back to. */
export const changedDevices = goingBackFrom({
  ...{ organization: '$2', evenHeld: true, evenSame: true },
  leaving: goingBack(`d.state = 'succeeded' AND x.deployment_id = d.id`),
});
const lateDevices = goingBackFrom({ organization: '$2', evenHeld: true, evenSame: true, leaving: goingBack(runsItSinceLate) });

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
    `SELECT (SELECT max(created_at) FROM rollout WHERE rollback_of = $1) AS at, EXISTS (${goingBack(runsItSinceLate)}) AS waiting`,
    [record.id],
  );
  const again = row?.at == null || !row.waiting ? 0 : row.at.getTime() + forMs;
  return again > tx.now.getTime() ? again : null;
}

async function sendBack(run: RolloutRun, from: string): Promise<SentBack | null> {
  const groups = await run.tx.query<Group>(
    `SELECT c.to_release_id AS "toReleaseId", c.to_stage_id AS "toStageId", count(*)::int AS devices
       FROM (${from}) c WHERE c.to_release_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`,
    [run.record.id, run.record.organizationId],
  );
  const targets = await republishAll(run, groups);
  if (targets === null) return null;
  const rollbackIds: string[] = [];
  for (const group of groups) {
    const { toReleaseId: fromReleaseId, toStageId: stageId, devices: size } = group;
    const releaseId = targets.get(fromReleaseId) ?? fromReleaseId;
    const { id, organizationId, policy } = run.record;
    const devices = { sql: devicesOf(from), parameters: [id, organizationId, fromReleaseId, stageId] };
    rollbackIds.push(await createRollback(run, { of: run.record, policy, releaseId, fromReleaseId, stageId, size, devices }));
  }
  return { rollbackIds, devices: groups.reduce((sum, group) => sum + group.devices, 0) };
}

async function republishAll(run: RolloutRun, groups: readonly Group[]): Promise<Map<string, string> | null> {
  const { tx, record, actor } = run;
  const signer = run.releaseSigner === null ? null : await run.releaseSigner(tx, record.organizationId);
  const [release] = await tx.query<{ counter: number }>('SELECT counter FROM release WHERE id = $1', [record.releaseId]);
  const targets = new Map<string, string>();
  for (const releaseId of new Set(groups.map((group) => group.toReleaseId))) {
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

/** SQL of those who go back to one release ($3) in one stage ($4). */
const devicesOf = (from: string): string => `
  SELECT c.organization_id, c.device_id, c.deployment_id, c.variables_revision FROM (${from}) c
   WHERE c.to_release_id = $3 AND c.to_stage_id IS NOT DISTINCT FROM $4`;
