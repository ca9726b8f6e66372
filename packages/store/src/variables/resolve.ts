import type { VariableScope } from '@sluice/contracts';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import { notFound } from '../errors.ts';
import { stageMembersSql } from '../groups/membership.ts';
import { resolutionSql } from './resolution.ts';

/** A variable as devices get it. `scopeId`, `scopeName` and `versionId` are null where each device has its own. */
export type ResolvedVariableRow = {
  name: string;
  scope: VariableScope;
  scopeId: string | null;
  scopeName: string | null;
  secret: boolean;
  versionId: string | null;
  revision: number | null;
  /** How many of the devices get it from there. */
  devices: number;
};

/** Groups of the same devices that set the same variable; the last one counts. */
export type RivalGroups = { name: string; groups: string[]; devices: number };

/** `revision`: as of which it was looked up; `devices`: of how many. */
export type ResolvedVariableRows = { revision: number; devices: number; variables: ResolvedVariableRow[]; rivals: RivalGroups[] };

// $1 the organization, $2 whose variables, $3 the revision (null: now).
const resolveQuery = (target: string): string => `
  WITH target AS MATERIALIZED (${target}),
  ${resolutionSql('$1')},
  size AS MATERIALIZED (SELECT count(*)::int AS devices FROM target),
  counted AS (
    SELECT w.name, w.scope, bool_or(w.secret) AS secret, v.version_id, v.scope_id, sum(w.devices)::int AS devices
      FROM winner w
     CROSS JOIN LATERAL (
       SELECT CASE WHEN own.hidden THEN NULL ELSE w.version_id END AS version_id, CASE WHEN own.hidden THEN NULL ELSE w.scope_id END AS scope_id
         FROM (SELECT w.scope = 'device' AND (SELECT devices FROM size) <> 1 AS hidden) own) v
     GROUP BY w.name, w.scope, v.version_id, v.scope_id),
  rival AS (
    SELECT name, devices, array_agg(scope_id ORDER BY place) FILTER (WHERE scope = 'group') AS group_ids
      FROM reaching GROUP BY combination, name, devices HAVING count(*) FILTER (WHERE scope = 'group') > 1 AND max(rank) = 4),
  rivals AS (
    SELECT r.name, sum(r.devices)::int AS devices,
           ARRAY(SELECT g.name FROM unnest(r.group_ids) WITH ORDINALITY AS i (id, place) JOIN device_group g ON g.id = i.id ORDER BY i.place) AS groups
      FROM rival r GROUP BY r.name, r.group_ids)
  SELECT coalesce($3::int, o.variables_revision) AS revision, (SELECT devices FROM size) AS devices,
         (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', c.name, 'scope', c.scope, 'scopeId', c.scope_id, 'secret', c.secret, 'versionId', c.version_id,
                   'devices', c.devices, 'revision', (SELECT v.from_revision FROM variable_version v WHERE v.id = c.version_id),
                   'scopeName', CASE c.scope
                     WHEN 'organization' THEN (SELECT name FROM organization WHERE id = c.scope_id)
                     WHEN 'application' THEN (SELECT name FROM application WHERE id = c.scope_id)
                     WHEN 'stage' THEN (SELECT name FROM stage WHERE id = c.scope_id)
                     WHEN 'group' THEN (SELECT name FROM device_group WHERE id = c.scope_id)
                     WHEN 'device' THEN (SELECT name FROM device WHERE id = c.scope_id) END)
                   ORDER BY c.name COLLATE "C", c.devices DESC, c.scope_id), '[]') FROM counted c) AS variables,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('name', r.name, 'groups', r.groups, 'devices', r.devices)
                   ORDER BY r.name COLLATE "C", r.groups), '[]') FROM rivals r) AS rivals
    FROM organization o WHERE o.id = $1`;

const stageQuery = prepared(
  resolveQuery(`
  SELECT DISTINCT m.device_id, st.organization_id, p.application_id, st.id AS stage_id, $3::int AS revision
    FROM stage st JOIN pipeline p ON p.id = st.pipeline_id CROSS JOIN LATERAL ${stageMembersSql('st.id')} m
    JOIN device d ON d.id = m.device_id AND d.organization_id = st.organization_id AND d.approval = 'approved'
   WHERE st.organization_id = $1 AND st.id = $2`),
);

const deviceQuery = prepared(
  resolveQuery(`
  SELECT d.id AS device_id, d.organization_id, p.application_id, st.id AS stage_id, $3::int AS revision
    FROM device d LEFT JOIN device_desired x ON x.device_id = d.id
    LEFT JOIN (stage st JOIN pipeline p ON p.id = st.pipeline_id) ON st.id = x.stage_id
   WHERE d.organization_id = $1 AND d.id = $2`),
);

async function resolve(reader: Reader, query: string, parameters: readonly unknown[]): Promise<ResolvedVariableRows> {
  const [resolved] = await reader.query<ResolvedVariableRows>(query, parameters);
  if (resolved === undefined) throw new Error('an organization that is asked about is there');
  return resolved;
}

/**
 * The variables that the approved devices of a stage get, as of a revision (null: now), and from where. One statement, however many devices.
 * @throws StoreError NOT_FOUND
 */
export async function resolveStageVariables(
  reader: Reader,
  organizationId: string,
  { stageId, revision }: { stageId: string; revision: number | null },
): Promise<ResolvedVariableRows> {
  const known = await reader.query('select 1 from stage where organization_id = $1 and id = $2 and deleted_at is null', [
    organizationId,
    stageId,
  ]);
  if (known.length === 0) throw notFound('stage', stageId);
  return resolve(reader, stageQuery, [organizationId, stageId, revision]);
}

/** What a device was told to run, and as of which revision of variables; null: nothing yet. */
export type DeviceVariableRows = ResolvedVariableRows & { deviceRevision: number | null };

/**
 * The variables that a device gets from its organization, the stage that it was last told something by, its groups and itself, as of a revision
 * (null: now), and from where.
 * @throws StoreError NOT_FOUND
 */
export async function resolveDeviceVariables(
  reader: Reader,
  organizationId: string,
  { deviceId, revision }: { deviceId: string; revision: number | null },
): Promise<DeviceVariableRows> {
  const [device] = await reader.query<{ revision: number | null }>(
    `select case when x.release_id is not null then x.variables_revision end as revision
       from device d left join device_desired x on x.device_id = d.id where d.organization_id = $1 and d.id = $2`,
    [organizationId, deviceId],
  );
  if (device === undefined) throw notFound('device', deviceId);
  return { ...(await resolve(reader, deviceQuery, [organizationId, deviceId, revision])), deviceRevision: device.revision };
}
