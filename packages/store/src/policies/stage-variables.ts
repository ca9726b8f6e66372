import type { Reader } from '../base/reader.ts';
import { groupsOfSql, stageMembersSql } from '../groups/membership.ts';

/** A variable that has a value wherever a stage deploys. `sealedValue` null: it differs from group to group or device to device. */
export type StageVariable = { versionId: string; name: string; secret: boolean; sealedValue: Buffer | null };

// Groups and devices count when every device of the stage gets the variable that way; a device's groups are all it is in, as in assignments.
// A variable that only some have, or that some have differently, has no value that could be told.
const query = `
  with stage_device as (
    select distinct m.device_id from ${stageMembersSql('$3::uuid')} m
  ), layered as (
    select distinct on (v.name) v.version_id, v.name, v.secret, v.sealed_value
    from (values ('organization', $1::uuid, 1), ('application', $2::uuid, 2), ('stage', $3::uuid, 3)) as layer (scope, scope_id, rank)
    join variable v on v.organization_id = $1 and v.scope = layer.scope and v.scope_id = layer.scope_id
    order by v.name, layer.rank desc
  ), by_device as (
    select v.name, d.device_id from stage_device d
      join variable v on v.organization_id = $1 and v.scope = 'device' and v.scope_id = d.device_id
    union
    select v.name, d.device_id from stage_device d cross join lateral ${groupsOfSql('d.device_id')} m
      join variable v on v.organization_id = $1 and v.scope = 'group' and v.scope_id = m.group_id
  ), everywhere as (
    select name, count(*) = (select count(*) from stage_device) as complete from by_device group by name
  )
  select coalesce(l.version_id, $1::uuid) as "versionId", coalesce(l.name, e.name) as name, coalesce(l.secret, false) as secret,
         case when e.name is null then l.sealed_value end as "sealedValue"
  from layered l full join everywhere e on e.name = l.name
  where l.name is not null or e.complete
  order by 2`;

/** The variables that every device of a stage gets: from the organization, the application and the stage, or from its groups and itself. */
export function loadStageVariables(
  reader: Reader,
  organizationId: string,
  place: { applicationId: string; stageId: string },
): Promise<StageVariable[]> {
  return reader.query<StageVariable>(query, [organizationId, place.applicationId, place.stageId]);
}

/** The Node.js versions that the devices of a stage said they have. */
export async function listStageNodeVersions(reader: Reader, organizationId: string, stageId: string): Promise<string[]> {
  const rows = await reader.query<{ version: string }>(
    `select distinct d.inventory ->> 'nodeVersion' as version
     from ${stageMembersSql('$2::uuid')} m join device d on d.id = m.device_id
     where d.organization_id = $1 and d.inventory ->> 'nodeVersion' is not null`,
    [organizationId, stageId],
  );
  return rows.map(({ version }) => version);
}
