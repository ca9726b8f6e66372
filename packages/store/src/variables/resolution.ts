import { createHash } from 'node:crypto';
import { membersSql } from '../groups/membership.ts';
import { inForce } from './in-force.ts';

// INVARIANTS
// 1. Layers: organization < application < stage < group < device. Of two groups of one device the one whose name is later counts (by code
//    points, so that no locale of a database changes it).
// 2. Devices that get their variables from the same places share a combination, and variables are looked up once per combination: what a device
//    costs does not grow with the number of variables, and not with the number of devices.
// 3. Members of groups are those of now, values those of the revision: membership has no history.

/** No id: stands for null where equality is needed to join by. */
const nobody = `'00000000-0000-0000-0000-000000000000'::uuid`;

/**
 * CTEs after `target (device_id, organization_id, application_id, stage_id, revision)`, whose rows are of one organization ($n in
 * `organization`), stage and revision may be null (null: no stage, now). Up to
 * `placed (device_id, revision, combination...)`, `combination (id, ..., devices)` and `winner (combination, name, version_id, variable_id, scope, scope_id, secret, rivals)`,
 * `rivals` being the names of the groups of which the last one won, if there were several.
 */
export function resolutionSql(organization: string): string {
  return `
  set_by AS MATERIALIZED (
    SELECT DISTINCT v.scope, v.scope_id FROM variable_version v WHERE v.organization_id = ${organization} AND v.scope IN ('group', 'device')),
  group_of AS MATERIALIZED (
    SELECT t.device_id, array_agg(g.id ORDER BY g.name COLLATE "C", g.id) AS groups
      FROM set_by s JOIN device_group g ON g.id = s.scope_id
     CROSS JOIN LATERAL ${membersSql('s.scope_id')} m
      JOIN (SELECT DISTINCT device_id FROM target) t ON t.device_id = m.device_id
     WHERE s.scope = 'group' GROUP BY t.device_id),
  placed AS MATERIALIZED (
    SELECT t.device_id, coalesce(t.application_id, ${nobody}) AS application_id, coalesce(t.stage_id, ${nobody}) AS stage_id,
           coalesce(t.revision, 0) AS revision, coalesce(g.groups, '{}') AS groups, coalesce(o.scope_id, ${nobody}) AS own_id
      FROM target t
      LEFT JOIN group_of g ON g.device_id = t.device_id
      LEFT JOIN set_by o ON o.scope = 'device' AND o.scope_id = t.device_id),
  combination AS MATERIALIZED (
    SELECT (row_number() OVER ())::int AS id, p.* FROM (
      SELECT application_id, stage_id, revision, groups, own_id, count(*)::int AS devices
        FROM placed GROUP BY application_id, stage_id, revision, groups, own_id) p),
  layer AS (
    SELECT id, revision, 'organization' AS scope, ${organization} AS scope_id, 1 AS rank, 0 AS place FROM combination
    UNION ALL SELECT id, revision, 'application', application_id, 2, 0 FROM combination
    UNION ALL SELECT id, revision, 'stage', stage_id, 3, 0 FROM combination
    UNION ALL SELECT c.id, c.revision, 'group', g.group_id, 4, g.place::int
                FROM combination c CROSS JOIN LATERAL unnest(c.groups) WITH ORDINALITY AS g (group_id, place)
    UNION ALL SELECT id, revision, 'device', own_id, 5, 0 FROM combination WHERE own_id <> ${nobody}),
  reaching AS MATERIALIZED (
    SELECT l.id AS combination, l.rank, l.place, v.name, v.id AS version_id, v.variable_id, v.scope, v.scope_id, v.secret
      FROM layer l
      JOIN variable_version v ON v.organization_id = ${organization} AND v.scope = l.scope AND v.scope_id = l.scope_id
       AND ${inForce('v', 'nullif(l.revision, 0)')}),
  winner AS MATERIALIZED (
    SELECT DISTINCT ON (combination, name) combination, name, version_id, variable_id, scope, scope_id, secret
      FROM reaching ORDER BY combination, name, rank DESC, place DESC)`;
}

/** SQL, joining `placed` (p) with `combination` (c): which combination a device is of. */
export const sameCombination = `c.application_id = p.application_id AND c.stage_id = p.stage_id AND c.revision = p.revision
   AND c.groups = p.groups AND c.own_id = p.own_id`;

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
  fingerprint AS MATERIALIZED (
    SELECT p.device_id, p.revision, d.digest
      FROM placed p JOIN combination c ON ${sameCombination} JOIN digested d ON d.id = c.id)`;
}

/** The digest that {@link fingerprintSql} makes. */
export function digestOfVersions(versionIds: readonly string[]): string {
  return createHash('sha256')
    .update([...versionIds].sort().join(','))
    .digest('hex');
}
