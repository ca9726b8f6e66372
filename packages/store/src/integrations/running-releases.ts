import type { VariableDeclaration } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';
import { groupsOfSql, membersSql, stageMembersSql } from '../groups/membership.ts';

/** Which of the devices that run a release: all of the organization, or those of a device, a group, a stage, an application. */
export type RunningQuery = { deviceId?: string; groupId?: string; stageId?: string; applicationId?: string };

/** A release that runs on devices. */
export type RunningReleaseRow = {
  applicationId: string;
  applicationName: string;
  releaseId: string;
  releaseName: string;
  snapshotId: string;
  declarations: VariableDeclaration[];
};

/** Devices that run one release and get the values of their variables from the same places. Places of devices and variables are parallel lists. */
export type RunningCombination = { releaseId: string; variableIds: string[]; deviceIds: string[]; deviceNames: string[] };

/** What runs where, `$1` being the organization, with the stage whose variables apply: that of the desired state, if it is one of this application. */
const RUNNING = `
  select d.id as device_id, d.name as device_name, d.organization_id, r.id as release_id, r.name as release_name, r.application_id,
         r.snapshot_id, coalesce(st.id, $4::uuid) as stage_id
  from device d
  join device_observed o on o.device_id = d.id
  join release r on r.organization_id = d.organization_id and r.digest = o.running_digest
  left join device_desired w on w.device_id = d.id
  left join (stage st join pipeline p on p.id = st.pipeline_id) on st.id = w.stage_id and p.application_id = r.application_id
  where d.organization_id = $1 and d.approval in ('approved', 'quarantined')
    and ($2::uuid is null or d.id = $2)
    and ($3::uuid is null or d.id in (select m.device_id from ${membersSql('$3::uuid')} m))
    and ($4::uuid is null or d.id in (select m.device_id from ${stageMembersSql('$4::uuid')} m) and exists (
      select from stage wanted join pipeline wp on wp.id = wanted.pipeline_id where wanted.id = $4 and wp.application_id = r.application_id))
    and ($5::uuid is null or r.application_id = $5)`;

function parametersOf(organizationId: string, { deviceId, groupId, stageId, applicationId }: RunningQuery): unknown[] {
  return [organizationId, deviceId ?? null, groupId ?? null, stageId ?? null, applicationId ?? null];
}

/** The releases that devices say they run. */
export function listRunningReleases(reader: Reader, organizationId: string, query: RunningQuery): Promise<RunningReleaseRow[]> {
  return reader.query<RunningReleaseRow>(
    `with running as (${RUNNING})
     select a.id as "applicationId", a.name as "applicationName", r.id as "releaseId", r.name as "releaseName", s.id as "snapshotId",
            s.variables as declarations
     from release r join snapshot s on s.id = r.snapshot_id join application a on a.id = r.application_id
     where r.id in (select release_id from running) order by r.id`,
    parametersOf(organizationId, query),
  );
}

/**
 * Devices grouped by what they run and by the variables of these names that reach them: organization, then application, stage, groups, the
 * device's own; later ones win, as in `loadLayeredVariables`.
 */
export function listRunningCombinations(
  reader: Reader,
  organizationId: string,
  query: RunningQuery & { names: readonly string[] },
): Promise<RunningCombination[]> {
  return reader.query<RunningCombination>(
    `with running as (${RUNNING}), layer as (
       select device_id, 'organization' as scope, organization_id as scope_id, 1 as rank, '' as group_name from running
       union all select device_id, 'application', application_id, 2, '' from running
       union all select device_id, 'stage', stage_id, 3, '' from running where stage_id is not null
       union all select u.device_id, 'group', m.group_id, 4, g.name
                 from running u cross join lateral ${groupsOfSql('u.device_id')} m join device_group g on g.id = m.group_id
       union all select device_id, 'device', device_id, 5, '' from running
     ), winner as (
       select distinct on (l.device_id, v.name) l.device_id, v.id
       from variable v join layer l on l.scope = v.scope and l.scope_id = v.scope_id
       where v.organization_id = $1 and v.name = any($6::text[])
       order by l.device_id, v.name, l.rank desc, l.group_name desc, l.scope_id desc
     ), reached as (
       select u.device_id, u.device_name, u.release_id,
              coalesce(array_agg(w.id order by w.id) filter (where w.id is not null), '{}') as variable_ids
       from running u left join winner w on w.device_id = u.device_id
       group by u.device_id, u.device_name, u.release_id
     )
     select release_id as "releaseId", variable_ids as "variableIds", array_agg(device_id order by device_name, device_id) as "deviceIds",
            array_agg(device_name order by device_name, device_id) as "deviceNames"
     from reached group by release_id, variable_ids`,
    [...parametersOf(organizationId, query), query.names],
  );
}

/** A variable with its value as it is stored. */
export type NamedSealedVariable = { id: string; versionId: string; name: string; secret: boolean; sealedValue: Buffer };

/** Reads variables of an organization by their ids. */
export function loadNamedVariables(reader: Reader, organizationId: string, ids: readonly string[]): Promise<NamedSealedVariable[]> {
  return reader.query<NamedSealedVariable>(
    'select id, version_id as "versionId", name, secret, sealed_value as "sealedValue" from variable where organization_id = $1 and id = any($2::uuid[])',
    [organizationId, ids],
  );
}

/** The variables that reach a whole stage: those of the organization, the application and the stage itself; of one name the last counts. */
export async function listStageVariables(reader: Reader, organizationId: string, stageId: string): Promise<NamedSealedVariable[]> {
  return reader.query<NamedSealedVariable>(
    `select v.id, v.version_id as "versionId", v.name, v.secret, v.sealed_value as "sealedValue"
     from stage st join pipeline p on p.id = st.pipeline_id
     join variable v on v.organization_id = p.organization_id
       and (v.scope, v.scope_id) in (('organization', p.organization_id), ('application', p.application_id), ('stage', st.id))
     where p.organization_id = $1 and st.id = $2
     order by array_position(array['organization', 'application', 'stage'], v.scope)`,
    [organizationId, stageId],
  );
}

/** A device by its name, what it shall run, and the stage of an application that it was last given something by. */
export type DeviceReference = { id: string; name: string; desiredReleaseId: string | null; stageId: string | null };

/** @returns undefined when the organization has no such device */
export async function findDeviceReference(
  reader: Reader,
  organizationId: string,
  { deviceId, applicationId }: { deviceId: string; applicationId: string | null },
): Promise<DeviceReference | undefined> {
  const [device] = await reader.query<DeviceReference>(
    `select d.id, d.name, w.release_id as "desiredReleaseId", st.id as "stageId" from device d left join device_desired w on w.device_id = d.id
     left join (stage st join pipeline p on p.id = st.pipeline_id) on st.id = w.stage_id and p.application_id = $3
     where d.organization_id = $1 and d.id = $2`,
    [organizationId, deviceId, applicationId],
  );
  return device;
}

/** A stage by its name, and the application of its pipeline. */
export type StageReference = { id: string; name: string; applicationId: string };

/** @returns undefined when the organization has no such stage */
export async function findStageReference(reader: Reader, organizationId: string, stageId: string): Promise<StageReference | undefined> {
  const [stage] = await reader.query<StageReference>(
    `select st.id, st.name, p.application_id as "applicationId" from stage st join pipeline p on p.id = st.pipeline_id
     where p.organization_id = $1 and st.id = $2`,
    [organizationId, stageId],
  );
  return stage;
}

/** The stages of an application that no variable of this name reaches: neither their own, nor one of the application or the organization. */
export function listStagesWithoutVariable(
  reader: Reader,
  organizationId: string,
  { applicationId, names }: { applicationId: string; names: readonly string[] },
): Promise<{ name: string; stageId: string; stageName: string }[]> {
  return reader.query(
    `select wanted.name, st.id as "stageId", st.name as "stageName"
     from unnest($3::text[]) as wanted (name)
     cross join stage st join pipeline p on p.id = st.pipeline_id
     where p.organization_id = $1 and p.application_id = $2 and st.deleted_at is null and not exists (
       select from variable v where v.organization_id = $1 and v.name = wanted.name
         and (v.scope, v.scope_id) in (('organization', $1::uuid), ('application', $2::uuid), ('stage', st.id)))
     order by wanted.name, p.id, st.position`,
    [organizationId, applicationId, names],
  );
}
