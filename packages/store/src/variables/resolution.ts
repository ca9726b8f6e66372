import { createHash } from 'node:crypto';
import { membersSql } from '../groups/membership.ts';
import { inForce } from './in-force.ts';

// INVARIANTS
// 1. Layers: organization < application < stage < group < device. Of two groups of one device the one whose name is later counts (by code
//    points, so that no locale of a database changes it).
// 2. Devices that get their variables from the same places share a combination, and variables are looked up once per combination: what a device
//    costs does not grow with the number of variables, and not with the number of devices.
// 3. Members of groups are those of now, values those of the revision: membership has no history.
// 4. What is as large as the fleet is grouped and never joined with something else that large: Postgres cannot know the size of either, and would
//    now and then look through one of them for each row of the other. For the same reason "not not in", which is a look into a hash.

/** No id: stands for null where equality is needed to group by. */
const nobody = `'00000000-0000-0000-0000-000000000000'::uuid`;

/**
 * CTEs after `target (device_id, organization_id, application_id, stage_id, revision)`, whose rows are of one organization (SQL in
 * `organization`); of one device they differ in nothing but the revision. Stage and revision may be null (no stage; now).
 * Up to `combination (id, revision, ..., devices, device_ids)`, `reaching` and
 * `winner (combination, devices, name, version_id, variable_id, scope, scope_id, secret)`.
 */
export function resolutionSql(organization: string): string {
  const isTarget = (device: string): string => `NOT (${device} NOT IN (SELECT device_id FROM target))`;
  return `
  set_by AS MATERIALIZED (
    SELECT DISTINCT v.scope, v.scope_id FROM variable_version v WHERE v.organization_id = ${organization} AND v.scope IN ('group', 'device')),
  place AS MATERIALIZED (
    SELECT g.id, (row_number() OVER (ORDER BY g.name COLLATE "C", g.id))::int AS place, EXISTS (
             SELECT FROM device_group_selector w WHERE w.group_id = g.id) AS is_dynamic
      FROM device_group g WHERE g.id IN (SELECT scope_id FROM set_by WHERE scope = 'group')),
  fact AS (
    SELECT t.device_id, t.application_id, t.stage_id, t.revision, true AS is_target, NULL::uuid AS group_id, false AS is_own FROM target t
    UNION ALL
    SELECT t.device_id, NULL, NULL, NULL, false, m.group_id, false
      FROM target t
     CROSS JOIN LATERAL (SELECT m.group_id FROM device_group_member m WHERE m.device_id = t.device_id OFFSET 0) m
     WHERE NOT (m.group_id NOT IN (SELECT id FROM place))
    UNION ALL
    SELECT m.device_id, NULL, NULL, NULL, false, p.id, false
      FROM place p CROSS JOIN LATERAL ${membersSql('p.id')} m WHERE p.is_dynamic AND ${isTarget('m.device_id')}
    UNION ALL
    SELECT s.scope_id, NULL, NULL, NULL, false, NULL, true FROM set_by s WHERE s.scope = 'device' AND ${isTarget('s.scope_id')}),
  placed AS (
    SELECT device_id, (array_agg(application_id) FILTER (WHERE is_target))[1] AS application_id,
           (array_agg(stage_id) FILTER (WHERE is_target))[1] AS stage_id,
           array_agg(revision) FILTER (WHERE is_target) AS revisions,
           coalesce(array_agg(DISTINCT group_id) FILTER (WHERE group_id IS NOT NULL), '{}') AS group_ids, bool_or(is_own) AS is_own
      FROM fact GROUP BY device_id),
  combination AS MATERIALIZED (
    SELECT (row_number() OVER ())::int AS id, p.* FROM (
      SELECT application_id, stage_id, r.revision, group_ids, CASE WHEN is_own THEN device_id ELSE ${nobody} END AS own_id,
             count(*)::int AS devices, array_agg(device_id) AS device_ids
        FROM placed CROSS JOIN LATERAL unnest(revisions) AS r (revision) GROUP BY 1, 2, 3, 4, 5) p),
  layer AS (
    SELECT id, devices, revision, 'organization' AS scope, ${organization} AS scope_id, 1 AS rank, 0 AS place FROM combination
    UNION ALL SELECT id, devices, revision, 'application', application_id, 2, 0 FROM combination
    UNION ALL SELECT id, devices, revision, 'stage', stage_id, 3, 0 FROM combination
    UNION ALL SELECT c.id, c.devices, c.revision, 'group', p.id, 4, p.place
                FROM combination c CROSS JOIN LATERAL unnest(c.group_ids) AS g (id) JOIN place p ON p.id = g.id
    UNION ALL SELECT id, devices, revision, 'device', own_id, 5, 0 FROM combination WHERE own_id <> ${nobody}),
  reaching AS MATERIALIZED (
    SELECT l.id AS combination, l.devices, l.rank, l.place, v.name, v.id AS version_id, v.variable_id, v.scope, v.scope_id, v.secret
      FROM layer l
      JOIN variable_version v ON v.organization_id = ${organization} AND v.scope = l.scope AND v.scope_id = l.scope_id
       AND ${inForce('v', 'l.revision')}),
  winner AS MATERIALIZED (
    SELECT DISTINCT ON (combination, name) combination, devices, name, version_id, variable_id, scope, scope_id, secret
      FROM reaching ORDER BY combination, name, rank DESC, place DESC)`;
}

/**
 * A CTE after {@link resolutionSql}: `fingerprint (device_id, revision, digest)`, equal for equal versions of all variables that a device gets with
 * a release. `declared`: SQL of the names that the release declares (text[]): secrets go nowhere else. The same digest is made by
 * {@link digestOfVersions}.
 */
export function fingerprintSql(declared: string): string {
  return `
  digested AS (
    SELECT c.id, encode(sha256(convert_to(coalesce(string_agg(w.version_id::text, ',' ORDER BY w.version_id), ''), 'UTF8')), 'hex') AS digest
      FROM combination c LEFT JOIN winner w ON w.combination = c.id AND (NOT w.secret OR w.name = ANY ((${declared})::text[]))
     GROUP BY c.id),
  fingerprint AS (
    SELECT u.device_id, c.revision, d.digest
      FROM combination c JOIN digested d ON d.id = c.id CROSS JOIN LATERAL unnest(c.device_ids) AS u (device_id))`;
}

/** The digest that {@link fingerprintSql} makes. */
export function digestOfVersions(versionIds: readonly string[]): string {
  return createHash('sha256')
    .update([...versionIds].sort().join(','))
    .digest('hex');
}
