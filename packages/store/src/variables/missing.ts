import type { Reader } from '../base/reader.ts';
import { membersSql } from '../groups/membership.ts';

/** A group of a stage with devices that lack a variable. */
export type GroupWithout = { groupId: string; groupName: string; devices: number };

/** A variable that releases require and that no layer gives to some devices of a stage. */
export type MissingVariable = {
  stageId: string;
  name: string;
  /** The releases, of those asked about, that require it. */
  releaseIds: string[];
  /** Devices of the stage that lack it, each once. */
  devices: number;
  /** The groups that these are in, by name; a device in two of them counts in both. */
  groups: GroupWithout[];
};

// What the organization, the application or the stage gives is settled without looking at any device. Only for what is left are members
// read, and of the variables of groups and devices only those with these names.
const missingQuery = `
  WITH need AS (
    SELECT r.application_id, n.name, array_agg(r.id ORDER BY r.id) AS release_ids
      FROM release r JOIN snapshot s ON s.id = r.snapshot_id
     CROSS JOIN LATERAL jsonb_to_recordset(s.variables) AS n (name text, required boolean, "default" text)
     WHERE r.organization_id = $1 AND r.id = ANY($2::uuid[]) AND n.required AND n."default" IS NULL
     GROUP BY r.application_id, n.name),
  target AS (
    SELECT st.id AS stage_id, p.application_id FROM stage st JOIN pipeline p ON p.id = st.pipeline_id
     WHERE st.organization_id = $1 AND st.id = ANY($3::uuid[])),
  wide AS MATERIALIZED (
    SELECT v.scope_id, v.name FROM variable v
     WHERE v.organization_id = $1 AND v.scope IN ('organization', 'application', 'stage') AND v.name IN (SELECT name FROM need)),
  open AS MATERIALIZED (
    SELECT t.stage_id, n.name, n.release_ids FROM need n JOIN target t ON t.application_id = n.application_id
     WHERE (n.name, $1::uuid) NOT IN (SELECT name, scope_id FROM wide)
       AND (n.name, t.application_id) NOT IN (SELECT name, scope_id FROM wide)
       AND (n.name, t.stage_id) NOT IN (SELECT name, scope_id FROM wide)),
  narrow AS MATERIALIZED (
    SELECT v.scope, v.scope_id, v.name FROM variable v
     WHERE v.organization_id = $1 AND v.scope IN ('group', 'device') AND v.name IN (SELECT name FROM open)),
  given AS (
    SELECT name, scope_id AS device_id FROM narrow WHERE scope = 'device'
    UNION
    SELECT v.name, m.device_id FROM narrow v CROSS JOIN LATERAL ${membersSql('v.scope_id')} m WHERE v.scope = 'group'),
  member AS MATERIALIZED (
    SELECT s.stage_id, g.group_id, m.device_id
      FROM (SELECT DISTINCT stage_id FROM open) s
      JOIN stage_group g ON g.stage_id = s.stage_id
     CROSS JOIN LATERAL ${membersSql('g.group_id')} m
      JOIN device d ON d.id = m.device_id AND d.approval = 'approved' AND d.organization_id = $1),
  lacking AS MATERIALIZED (
    SELECT o.stage_id, o.name, m.group_id, m.device_id
      FROM open o JOIN member m ON m.stage_id = o.stage_id
     WHERE (o.name, m.device_id) NOT IN (SELECT name, device_id FROM given)),
  by_group AS (
    SELECT l.stage_id, l.name, g.id AS group_id, g.name AS group_name, count(*)::int AS devices
      FROM lacking l JOIN device_group g ON g.id = l.group_id GROUP BY l.stage_id, l.name, g.id, g.name),
  in_total AS (SELECT stage_id, name, count(DISTINCT device_id)::int AS devices FROM lacking GROUP BY stage_id, name)
  SELECT t.stage_id AS "stageId", t.name, t.devices, o.release_ids::text[] AS "releaseIds",
         (SELECT jsonb_agg(jsonb_build_object('groupId', b.group_id, 'groupName', b.group_name, 'devices', b.devices)
                           ORDER BY b.group_name COLLATE "C", b.group_id)
            FROM by_group b WHERE b.stage_id = t.stage_id AND b.name = t.name) AS groups
    FROM in_total t JOIN open o ON o.stage_id = t.stage_id AND o.name = t.name
   ORDER BY t.stage_id, t.name COLLATE "C"`;

/**
 * Which variables releases require (declared so, and without a default) that approved devices of stages do not get from any layer, as they are set
 * now. One statement for all of them; a release and a stage of different applications have nothing to do with each other.
 */
export function missingVariables(
  reader: Reader,
  organizationId: string,
  { releaseIds, stageIds }: { releaseIds: readonly string[]; stageIds: readonly string[] },
): Promise<MissingVariable[]> {
  return reader.query<MissingVariable>(missingQuery, [organizationId, releaseIds, stageIds]);
}
