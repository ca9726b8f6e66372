import { terminalRolloutStates } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';

/** What the database knows of who needs a snapshot. */
export type StayFacts = {
  id: string;
  number: number;
  createdAt: Date;
  labels: Record<string, string>;
  /** Whether no newer snapshot of the application is left. */
  isNewest: boolean;
  /** How many newer ones are left. */
  newer: number;
  desired: number;
  running: number;
  previous: number;
  rolloutIds: string[];
  /** Promotions of its releases that wait. */
  promotions: number;
  stages: { id: string; name: string }[];
  /** The end of the last rollout that is over; null when there was none. */
  lastDeployedAt: Date | null;
};

// What a device could be sent back to: what it says it keeps, and what the deployment that gave it its present release found there.
const query = `
  WITH numbered AS (
    SELECT s.id, s.number, s.created_at, s.labels, (row_number() OVER (ORDER BY s.number DESC) - 1)::int AS newer
      FROM snapshot s WHERE s.organization_id = $1 AND s.application_id = $2),
  target AS (SELECT * FROM numbered WHERE $3::uuid[] IS NULL OR id = ANY($3::uuid[])),
  rel AS MATERIALIZED (
    SELECT r.id, r.snapshot_id, r.digest FROM release r JOIN target t ON t.id = r.snapshot_id),
  desired AS (
    SELECT l.snapshot_id, count(*)::int AS devices
      FROM rel l JOIN device_desired x ON x.organization_id = $1 AND x.release_id = l.id GROUP BY 1),
  running AS (
    SELECT l.snapshot_id, count(*)::int AS devices
      FROM rel l JOIN device_observed o ON o.organization_id = $1 AND o.running_digest = l.digest GROUP BY 1),
  kept AS (
    SELECT l.snapshot_id, o.device_id FROM rel l JOIN device_observed o ON o.organization_id = $1 AND o.previous_digest = l.digest
    UNION
    SELECT l.snapshot_id, x.device_id
      FROM device_desired x JOIN deployment d ON d.id = x.deployment_id JOIN rel l ON l.id = d.from_release_id
     WHERE x.organization_id = $1),
  previous AS (SELECT snapshot_id, count(*)::int AS devices FROM kept GROUP BY 1),
  needing AS (
    SELECT l.snapshot_id, r.id FROM rel l JOIN rollout r ON r.release_id = l.id WHERE r.state <> ALL($4::text[])
    UNION
    SELECT DISTINCT l.snapshot_id, r.id
      FROM rollout r JOIN deployment d ON d.rollout_id = r.id JOIN rel l ON l.id = d.from_release_id
     WHERE r.organization_id = $1 AND r.state <> ALL($4::text[])),
  under_way AS (SELECT snapshot_id, array_agg(id ORDER BY id DESC) AS ids FROM needing GROUP BY 1),
  waiting AS (
    SELECT l.snapshot_id, count(*)::int AS promotions FROM rel l JOIN promotion p ON p.release_id = l.id WHERE p.state = 'waiting' GROUP BY 1),
  over AS (
    SELECT l.snapshot_id, max(coalesce(r.finished_at, r.created_at)) AS at
      FROM rel l JOIN rollout r ON r.release_id = l.id WHERE r.state = ANY($4::text[]) GROUP BY 1),
  newest AS (
    SELECT DISTINCT ON (r.stage_id) r.stage_id, r.release_id FROM rollout r
     WHERE r.organization_id = $1 AND r.application_id = $2 AND r.stage_id IS NOT NULL AND r.state IN ('succeeded', 'completed_with_failures')
     ORDER BY r.stage_id, r.id DESC),
  staged AS (
    SELECT l.snapshot_id, jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name) ORDER BY s.position) AS stages
      FROM rel l JOIN newest n ON n.release_id = l.id JOIN stage s ON s.id = n.stage_id GROUP BY 1)
  SELECT t.id, t.number, t.created_at AS "createdAt", t.labels, t.newer, t.newer = 0 AS "isNewest",
         coalesce(d.devices, 0) AS desired, coalesce(o.devices, 0) AS running, coalesce(p.devices, 0) AS previous,
         coalesce(u.ids, '{}') AS "rolloutIds", coalesce(w.promotions, 0) AS promotions, coalesce(g.stages, '[]') AS stages, v.at AS "lastDeployedAt"
    FROM target t
    LEFT JOIN desired d ON d.snapshot_id = t.id
    LEFT JOIN running o ON o.snapshot_id = t.id
    LEFT JOIN previous p ON p.snapshot_id = t.id
    LEFT JOIN under_way u ON u.snapshot_id = t.id
    LEFT JOIN waiting w ON w.snapshot_id = t.id
    LEFT JOIN staged g ON g.snapshot_id = t.id
    LEFT JOIN over v ON v.snapshot_id = t.id
   ORDER BY t.number DESC`;

/** Reads who needs the snapshots of an application, newest first; of all of them with a few statements' worth of work, whatever their number. */
export function readStayFacts(
  reader: Reader,
  organizationId: string,
  of: { applicationId: string; snapshotIds?: readonly string[] },
): Promise<StayFacts[]> {
  return reader.query<StayFacts>(query, [organizationId, of.applicationId, of.snapshotIds ?? null, terminalRolloutStates]);
}
