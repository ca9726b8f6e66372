import type { Device, DeviceDetail, HealthVerdict, InstalledRelease, Inventory, ReleaseReference, RuntimeHealth } from '@sluice/contracts';

import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import { notFound } from '../errors.ts';
import { groupsOfSql } from '../groups/membership.ts';

/** From when on a device that was not seen counts as offline. */
export const ONLINE_WITHIN_MS = 90_000;

/** The moment for which connectivity is told. `onlineWithinMs`: seen that recently means online (default 90 s). */
export type ConnectivityAt = { now: Date; onlineWithinMs?: number };

/** Last sightings at or after this moment count as online. */
export function onlineSince({ now, onlineWithinMs = ONLINE_WITHIN_MS }: ConnectivityAt): Date {
  return new Date(now.getTime() - onlineWithinMs);
}

/** SQL over presence `p`: the word for whether a device is reachable. `$since` is the parameter with `onlineSince`. */
export function connectivitySql(since: string): string {
  return `case when p.last_seen_at is null then 'never' when p.last_seen_at >= ${since} then 'online' else 'offline' end`;
}

/** SQL: a release as a reference, or null. */
function referenceSql(alias: string, application: string): string {
  return `case when ${alias}.id is null then null else jsonb_build_object(
    'id', ${alias}.id, 'name', ${alias}.name, 'digest', ${alias}.digest, 'counter', ${alias}.counter,
    'applicationId', ${alias}.application_id, 'applicationName', ${application}.name) end`;
}

/** Columns of a device `d`, with the joins below. */
export function deviceColumns(since: string): string {
  return `
    d.id, d.name, d.labels, d.approval, ${connectivitySql(since)} as connectivity, p.last_seen_at as "lastSeenAt",
    coalesce(o.health, 'unknown') as health, ${referenceSql('rr', 'ra')} as running, ${referenceSql('dr', 'da')} as desired,
    coalesce((select jsonb_agg(m.group_id order by m.group_id) from ${groupsOfSql('d.id')} m), '[]') as "groupIds",
    exists (select from device_ahead h where h.device_id = d.id) as ahead, d.created_at as "createdAt", d.version`;
}

export const DEVICE_JOINS = `
  left join device_presence p on p.device_id = d.id
  left join device_observed o on o.device_id = d.id
  left join device_desired w on w.device_id = d.id
  left join release rr on rr.organization_id = d.organization_id and rr.digest = o.running_digest
  left join application ra on ra.id = rr.application_id
  left join release dr on dr.id = w.release_id
  left join application da on da.id = dr.application_id`;

export type DeviceRow = Omit<Device, 'createdAt' | 'lastSeenAt'> & { createdAt: Date; lastSeenAt: Date | null };

export function toDevice(row: DeviceRow): Device {
  return { ...row, createdAt: iso(row.createdAt), lastSeenAt: isoOrNull(row.lastSeenAt) };
}

type DetailRow = DeviceRow & {
  hardwareId: string;
  inventory: Inventory;
  timeZone: string | null;
  epoch: number;
  desiredRevision: number;
  observedRevision: number;
  previous: ReleaseReference | null;
  runningDigest: string | null;
  runningCounter: number | null;
  configurationDigest: string | null;
  verdict: HealthVerdict | null;
  runtime: RuntimeHealth | null;
  reportedAt: Date | null;
};

function installed(row: DetailRow): InstalledRelease | null {
  const { runningDigest, runningCounter, configurationDigest } = row;
  return runningDigest === null ? null : { releaseDigest: runningDigest, releaseCounter: runningCounter ?? 0, configurationDigest };
}

function toDetail(row: DetailRow): DeviceDetail {
  const { runningDigest: _, runningCounter: __, configurationDigest: ___, verdict, reportedAt, ...rest } = row;
  return {
    ...rest,
    createdAt: iso(row.createdAt),
    lastSeenAt: isoOrNull(row.lastSeenAt),
    observed: installed(row),
    verdict: verdict ?? { state: 'unknown', reasons: [] },
    reportedAt: isoOrNull(reportedAt),
  };
}

/**
 * One device: what it shall run, what it says it runs, and how well.
 * @throws StoreError NOT_FOUND
 */
export async function getDevice(reader: Reader, organizationId: string, deviceId: string, at: ConnectivityAt): Promise<DeviceDetail> {
  const [row] = await reader.query<DetailRow>(
    `select ${deviceColumns('$3')}, d.hardware_id as "hardwareId", d.inventory, d.time_zone as "timeZone", d.epoch,
            coalesce(w.revision, 0) as "desiredRevision", coalesce(o.revision, 0) as "observedRevision",
            ${referenceSql('pr', 'pa')} as previous, o.running_digest as "runningDigest", o.running_counter as "runningCounter",
            o.configuration_digest as "configurationDigest", o.verdict, o.runtime, o.reported_at as "reportedAt"
     from device d ${DEVICE_JOINS}
     left join release pr on pr.organization_id = d.organization_id and pr.digest = o.previous_digest
     left join application pa on pa.id = pr.application_id
     where d.organization_id = $1 and d.id = $2`,
    [organizationId, deviceId, onlineSince(at)],
  );
  if (row === undefined) throw notFound('device', deviceId);
  return toDetail(row);
}
