/** How devices of a rollout that ended well are since: what the soak in a stage is judged by. */
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';

/** A device that was not heard of for so long is lost; also what silences are counted from (see `presence.ts`). */
const lostAfterMs = 600_000;

export type SoakFacts = { rolloutId: string; unhealthy: number; lost: number; brokenAt: Date | null };

// Both begin with what is few: devices that are or were unhealthy, and devices that shall run one of these releases. A device counts for the
// rollout as long as no newer one has it; what it was before its own success does not.
const unhealthySince = `
  SELECT d.rollout_id, count(*) FILTER (WHERE o.health = 'unhealthy')::int AS devices, max(o.last_unhealthy_at) AS at
    FROM device_observed o
    JOIN device_desired x ON x.device_id = o.device_id
    JOIN deployment d ON d.id = x.deployment_id
    JOIN device v ON v.id = o.device_id AND v.approval = 'approved'
   WHERE o.organization_id = $1 AND o.last_unhealthy_at > $3 AND o.last_unhealthy_at > d.finished_at
     AND d.rollout_id = ANY($2::uuid[]) AND d.state = 'succeeded'
   GROUP BY d.rollout_id`;

const lostSince = `
  SELECT d.rollout_id, count(*) FILTER (WHERE p.last_seen_at <= $5)::int AS devices,
         max(p.silence_ended_at) FILTER (WHERE p.silence_ended_at > d.finished_at) AS at
    FROM device_desired x
    JOIN deployment d ON d.id = x.deployment_id
    JOIN device v ON v.id = x.device_id AND v.approval = 'approved'
    JOIN device_presence p ON p.device_id = x.device_id
   WHERE x.organization_id = $1 AND x.release_id = ANY($4::uuid[]) AND d.rollout_id = ANY($2::uuid[]) AND d.state = 'succeeded'
     AND (p.last_seen_at <= $5 OR p.silence_ended_at > d.finished_at)
   GROUP BY d.rollout_id`;

const soakQuery = `
  SELECT coalesce(u.rollout_id, l.rollout_id) AS "rolloutId", coalesce(u.devices, 0) AS unhealthy, coalesce(l.devices, 0) AS lost,
         greatest(u.at, l.at) AS "brokenAt"
    FROM (${unhealthySince}) u FULL JOIN (${lostSince}) l ON l.rollout_id = u.rollout_id`;

type Watched = { id: string; releaseId: string; finishedAt: Date };

/** Rollouts of which nothing is told here have been healthy and in touch ever since they ended. */
export async function readSoaks(
  reader: Reader,
  organizationId: string,
  of: { rollouts: readonly Watched[]; now: Date },
): Promise<SoakFacts[]> {
  const { rollouts, now } = of;
  if (rollouts.length === 0) return [];
  const since = new Date(Math.min(...rollouts.map(({ finishedAt }) => finishedAt.getTime())));
  return reader.query<SoakFacts>(soakQuery, [
    organizationId,
    rollouts.map(({ id }) => id),
    since,
    [...new Set(rollouts.map(({ releaseId }) => releaseId))],
    new Date(now.getTime() - lostAfterMs),
  ]);
}

/**
 * A rollout starts in a stage: those of other releases that had ended well there have soaked until now, and no longer. How their devices were is
 * written down, because from now on they run something else.
 */
export async function markReplaced(
  tx: Transaction,
  by: { id: string; organizationId: string; stageId: string | null; releaseId: string },
): Promise<void> {
  if (by.stageId === null) return;
  const replaced = await tx.query<Watched>(
    `SELECT id, release_id AS "releaseId", finished_at AS "finishedAt" FROM rollout
      WHERE stage_id = $1 AND release_id <> $2 AND id <> $3 AND state IN ('succeeded', 'completed_with_failures') AND replaced_at IS NULL
      ORDER BY id DESC FOR NO KEY UPDATE`,
    [by.stageId, by.releaseId, by.id],
  );
  if (replaced.length === 0) return;
  const soaks = await readSoaks(tx, by.organizationId, { rollouts: replaced, now: tx.now });
  const broken = new Map(soaks.map(({ rolloutId, unhealthy, lost, brokenAt }) => [rolloutId, unhealthy + lost > 0 ? tx.now : brokenAt]));
  await tx.execute(
    `UPDATE rollout r SET replaced_by_id = $1, replaced_at = $2, soak_broken_at = u.broken_at
       FROM unnest($3::uuid[], $4::timestamptz[]) AS u (id, broken_at) WHERE r.id = u.id`,
    [by.id, tx.now, replaced.map(({ id }) => id), replaced.map(({ id }) => broken.get(id) ?? null)],
  );
}
