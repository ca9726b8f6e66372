import type { Device, DeviceEvent, DeviceQuery, FleetSummary, Page, PageQuery } from '@sluice/contracts';
import { terminalRolloutStates } from '@sluice/contracts';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, only } from '../base/rows.ts';
import { notFound } from '../errors.ts';
import { membersSql } from '../groups/membership.ts';
import { type ConnectivityAt, connectivitySql, DEVICE_JOINS, type DeviceRow, deviceColumns, onlineSince, toDevice } from './read-device.ts';

/** Collects conditions and their parameters; `$1` is the organization. */
function conditionsOf(query: DeviceQuery, first: number): { sql: string; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const next = (value: unknown): string => `$${first - 1 + parameters.push(value)}`;
  const conditions: string[] = [];
  if (query.search !== undefined && query.search !== '') conditions.push(`position(lower(${next(query.search)}) in lower(d.name)) > 0`);
  if (query.groupId !== undefined) {
    // An array: the members are found first, whatever the planner guesses of their number, and then paged by the index over ids.
    conditions.push(`d.id = any(array(select m.device_id from ${membersSql(`${next(query.groupId)}::uuid`)} m))`);
  }
  if (query.health !== undefined) conditions.push(`coalesce(o.health, 'unknown') = ${next(query.health)}`);
  if (query.connectivity !== undefined) conditions.push(`${connectivitySql('$4')} = ${next(query.connectivity)}`);
  if (query.approval !== undefined) conditions.push(`d.approval = ${next(query.approval)}`);
  if (query.releaseId !== undefined) conditions.push(`rr.id = ${next(query.releaseId)}`);
  if (query.ahead !== undefined) {
    conditions.push(`exists (select from device_ahead h where h.device_id = d.id) = ${next(query.ahead)}`);
  }
  return { sql: conditions.map((condition) => ` and ${condition}`).join(''), parameters };
}

/**
 * The devices of the organization, newest first, filtered by the database. `search` is a part of the name in any case;
 * `releaseId` means: says that it runs this release.
 * @throws StoreError CURSOR_INVALID
 */
export async function listDevices(reader: Reader, organizationId: string, query: DeviceQuery, at: ConnectivityAt): Promise<Page<Device>> {
  const conditions = conditionsOf(query, 5);
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<DeviceRow>(
      `select ${deviceColumns('$4')} from device d ${DEVICE_JOINS}
       where d.organization_id = $1 and ($2::uuid is null or d.id < $2)${conditions.sql}
       order by d.id desc limit $3`,
      [organizationId, before, limit, onlineSince(at), ...conditions.parameters],
    ),
  );
  return { ...page, items: page.items.map(toDevice) };
}

/** The fleet in numbers. Health is counted of approved devices; revoked devices count only as devices. */
export async function getFleetSummary(reader: Reader, organizationId: string, at: ConnectivityAt): Promise<FleetSummary> {
  const rows = await reader.query<FleetSummary>(
    `select count(*) as devices,
            count(*) filter (where d.approval = 'approved' and p.last_seen_at >= $2) as online,
            count(*) filter (where d.approval = 'approved' and (p.last_seen_at is null or p.last_seen_at < $2)) as offline,
            count(*) filter (where d.approval = 'approved' and o.health = 'healthy') as healthy,
            count(*) filter (where d.approval = 'approved' and o.health = 'unhealthy') as unhealthy,
            count(*) filter (where d.approval = 'pending') as "pendingApproval",
            (select count(*) from rollout r where r.organization_id = $1 and r.state <> all($3::text[])) as "activeRollouts"
     from device d
     left join device_presence p on p.device_id = d.id
     left join device_observed o on o.device_id = d.id
     where d.organization_id = $1`,
    [organizationId, onlineSince(at), terminalRolloutStates],
  );
  return only(rows);
}

type EventRow = Omit<DeviceEvent, 'at'> & { at: Date };

/**
 * The timeline of a device, newest first.
 * @throws StoreError NOT_FOUND, CURSOR_INVALID
 */
export async function listDeviceEvents(
  reader: Reader,
  organizationId: string,
  query: PageQuery & { deviceId: string },
): Promise<Page<DeviceEvent>> {
  const [device] = await reader.query('select 1 from device where organization_id = $1 and id = $2', [organizationId, query.deviceId]);
  if (device === undefined) throw notFound('device', query.deviceId);
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<EventRow>(
      `select id, at, kind, level, code, message, deployment_id as "deploymentId" from device_event
       where device_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [query.deviceId, before, limit],
    ),
  );
  return { ...page, items: page.items.map((row) => ({ ...row, at: iso(row.at) })) };
}
