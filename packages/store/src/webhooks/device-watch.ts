/**
 * Finds out which devices went offline, became unhealthy or recovered, for organizations with a webhook that wants to know. INVARIANTS
 * - A transition is told exactly once: what was told stands in `device_trouble`, written in the transaction of the event, by one worker at a time.
 * - One look makes at most one event per kind and application, however many devices it is about: it counts them and names some.
 * - What was so before anybody wanted to know is not told. A silence of all devices while no api process listened is the control plane's own.
 */
import { isWantedEvent, WEBHOOK_DEVICES_MAX, type WebhookEventData, type WebhookEventType, webhookEventTypes } from '@sluice/contracts';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { type Happening, lockListeners, writeEvents } from './outbox.ts';

/** `offlineAfterMs`: not heard of for so long. `unhealthyAfterMs`: unhealthy without a break for so long. */
export type DeviceWatchLimits = { offlineAfterMs: number; unhealthyAfterMs: number };

/** No api process said that it listens for so long: none does. */
const LISTENING_GAP_MS = 30_000;

const LISTEN = prepared(
  `insert into device_listening as l (id, since, heard_at) values (1, $1, $1)
   on conflict (id) do update set heard_at = greatest(l.heard_at, excluded.heard_at),
     since = case when l.heard_at < $1::timestamptz - interval '${LISTENING_GAP_MS} ms' then excluded.since else l.since end`,
);

/** Every api process says every few seconds that devices can reach it: after a gap, devices get their time to come back. */
export async function noteListening(reader: Reader, now: Date): Promise<void> {
  await reader.query(LISTEN, [now]);
}

/** Whether the control plane has listened long enough to say of a device that it was silent. */
async function hasListenedSince(reader: Reader, before: Date, now: Date): Promise<boolean> {
  const rows = await reader.query('select 1 from device_listening where since <= $1 and heard_at >= $2', [
    before,
    new Date(now.getTime() - LISTENING_GAP_MS),
  ]);
  return rows.length === 1;
}

async function organizationsThatWantToKnow(reader: Reader): Promise<string[]> {
  const rows = await reader.query<{ organizationId: string; events: string[] }>(
    'select organization_id as "organizationId", events from webhook where enabled',
  );
  const types = webhookEventTypes.filter((type) => type.startsWith('device.'));
  const wanting = rows.filter(({ events }) => types.some((type) => isWantedEvent(events, type)));
  return [...new Set(wanting.map(({ organizationId }) => organizationId))].sort();
}

type Found = {
  organizationId: string;
  application: { id: string; name: string } | null;
  count: number;
  devices: { id: string; name: string; since: string }[];
};

/** Groups the rows of `changed (device_id, organization_id, since)` by organization and application, each with its first devices. */
const grouped = `
  listed as (
    select c.organization_id, a.id as application_id, a.name as application_name, d.id, d.name, c.since,
           row_number() over (partition by c.organization_id, a.id order by d.name) as place
    from changed c join device d on d.id = c.device_id
    left join device_desired w on w.device_id = d.id left join release l on l.id = w.release_id left join application a on a.id = l.application_id)
  select organization_id as "organizationId", count(*)::int as count,
         case when application_id is null then null else jsonb_build_object('id', application_id, 'name', application_name) end as application,
         jsonb_agg(jsonb_build_object('id', id, 'name', name, 'since', since) order by place)
           filter (where place <= ${WEBHOOK_DEVICES_MAX}) as devices
  from listed group by organization_id, application_id, application_name order by organization_id, application_name nulls last`;

const insertTrouble = (kind: string, since: string, condition: string): string => `
  with changed as (
    insert into device_trouble (device_id, kind, organization_id, since, noticed_at)
    select d.id, '${kind}', d.organization_id, ${since}, $2
    from device d left join device_presence p on p.device_id = d.id left join device_observed o on o.device_id = d.id
    where d.organization_id = any($1::uuid[]) and d.approval = 'approved' and ${condition}
      and not exists (select from device_trouble t where t.device_id = d.id and t.kind = '${kind}')
    order by d.id
    on conflict do nothing
    returning device_id, organization_id, since),${grouped}`;

const endTrouble = (kind: string, condition: string): string => `
  with changed as (
    delete from device_trouble t
    using device d left join device_presence p on p.device_id = d.id left join device_observed o on o.device_id = d.id
    where t.kind = '${kind}' and t.organization_id = any($1::uuid[]) and d.id = t.device_id and ${condition}
    returning t.device_id, t.organization_id, t.since),${grouped}`;

const OFFLINE = prepared(insertTrouble('offline', 'p.last_seen_at', 'p.last_seen_at < $3'));
const UNHEALTHY = prepared(insertTrouble('unhealthy', 'o.health_since', `o.health = 'unhealthy' and o.health_since <= $3`));
const HEARD_AGAIN = prepared(endTrouble('offline', 'p.last_seen_at >= $2'));
const HEALTHY_AGAIN = prepared(endTrouble('unhealthy', `o.health = 'healthy'`));

function eventsOf(found: readonly Found[], type: WebhookEventType, cause: 'offline' | 'unhealthy'): Happening[] {
  return found.map(({ organizationId, application, count, devices }) => {
    const named = devices.map((device) => ({ ...device, since: new Date(device.since).toISOString() }));
    const data: WebhookEventData['device'] = { application, cause, count, devices: named };
    return { type, organizationId, applicationId: application?.id ?? null, data };
  });
}

/** Begins to watch organizations, and ends it where nobody wants to know any more. @returns those that were not watched before */
async function startAndStop(tx: Transaction, organizationIds: readonly string[]): Promise<ReadonlySet<string>> {
  await tx.execute('delete from device_watch where organization_id <> all($1::uuid[])', [organizationIds]);
  await tx.execute(
    `delete from device_trouble t using device d
     where d.id = t.device_id and (t.organization_id <> all($1::uuid[]) or d.approval <> 'approved')`,
    [organizationIds],
  );
  const fresh = await tx.query<{ id: string }>(
    `insert into device_watch (organization_id, since) select id, $2 from unnest($1::uuid[]) as o (id)
     on conflict do nothing returning organization_id as id`,
    [organizationIds, tx.now],
  );
  return new Set(fresh.map(({ id }) => id));
}

/**
 * Looks once, and writes what changed since the look before to the outbox. Of several workers, one does it at a time.
 * @returns how many events there were
 */
export async function watchDevices(tx: Transaction, { offlineAfterMs, unhealthyAfterMs }: DeviceWatchLimits): Promise<number> {
  const [lock] = await tx.query<{ taken: boolean }>(`select pg_try_advisory_xact_lock(hashtextextended('device_watch', 3)) as taken`);
  if (lock?.taken !== true) return 0;
  const heardAfter = new Date(tx.now.getTime() - offlineAfterMs);
  // Nothing is begun before it is known who is there: who is away by then would seem to have just gone.
  if (!(await hasListenedSince(tx, heardAfter, tx.now))) return 0;
  const organizationIds = await organizationsThatWantToKnow(tx);
  const fresh = await startAndStop(tx, organizationIds);
  if (organizationIds.length === 0) return 0;
  const unhealthyBefore = new Date(tx.now.getTime() - unhealthyAfterMs);
  const recovered = await tx.query<Found>(HEARD_AGAIN, [organizationIds, heardAfter]);
  const healthy = await tx.query<Found>(HEALTHY_AGAIN, [organizationIds]);
  const offline = await tx.query<Found>(OFFLINE, [organizationIds, tx.now, heardAfter]);
  const unhealthy = await tx.query<Found>(UNHEALTHY, [organizationIds, tx.now, unhealthyBefore]);
  const happenings = [
    ...eventsOf(recovered, 'device.recovered', 'offline'),
    ...eventsOf(healthy, 'device.recovered', 'unhealthy'),
    ...eventsOf(offline, 'device.offline', 'offline'),
    ...eventsOf(unhealthy, 'device.unhealthy', 'unhealthy'),
  ].filter(({ organizationId }) => !fresh.has(organizationId));
  if (happenings.length > 0) await writeEvents(tx, await lockListeners(tx, organizationIds), happenings);
  return happenings.length;
}
