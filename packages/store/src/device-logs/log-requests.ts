import type { DeviceLogSource, LogRequest, LogRequestState, Page, PageQuery } from '@sluice/contracts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { addTimelineLine } from '../device-captures/lifecycle.ts';
import { notFound, StoreError, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

type Row = Omit<LogRequest, 'requestedAt' | 'expiresAt' | 'deliveredAt' | 'finishedAt' | 'state'> & {
  state: LogRequestState;
  requestedAt: Date;
  expiresAt: Date;
  deliveredAt: Date | null;
  finishedAt: Date | null;
};

const columns = (lines: string): string => `
  select l.id, l.device_id as "deviceId", d.name as "deviceName", l.source, l.line_count as "lineCount", l.state,
         l.requester ->> 'name' as "requestedBy", l.requested_at as "requestedAt", l.expires_at as "expiresAt",
         l.delivered_at as "deliveredAt", l.finished_at as "finishedAt", ${lines} as lines, l.truncated, l.failure
    from device_log_request l join device d on d.id = l.device_id`;

/** An open request whose time is over is expired, and nothing of an answered one is shown any more, even before the sweep deletes it. */
function toLogRequest(row: Row, now: Date): LogRequest {
  const isOver = row.expiresAt <= now;
  const isExpired = isOver && row.finishedAt === null;
  const failure = { code: 'LOGS_EXPIRED', message: 'The device did not answer in time: it was off, or its agent is too old to know how.' };
  return {
    ...row,
    state: isExpired ? 'expired' : row.state,
    requestedAt: iso(row.requestedAt),
    expiresAt: iso(row.expiresAt),
    deliveredAt: isoOrNull(row.deliveredAt),
    finishedAt: isoOrNull(isExpired ? row.expiresAt : row.finishedAt),
    lines: isOver ? null : row.lines,
    failure: isExpired ? failure : row.failure,
  };
}

/** One request, with its lines. @throws StoreError NOT_FOUND */
export async function getLogRequest(reader: Reader, organizationId: string, id: string, now: Date): Promise<LogRequest> {
  const [row] = await reader.query<Row>(`${columns('l.lines')} where l.organization_id = $1 and l.id = $2`, [organizationId, id]);
  if (row === undefined) throw notFound('request for logs', id);
  return toLogRequest(row, now);
}

/**
 * The requests for logs of a device, newest first, without the lines.
 * @throws StoreError NOT_FOUND when the device is not the organization's; CURSOR_INVALID
 */
export async function listLogRequests(
  reader: Reader,
  organizationId: string,
  query: PageQuery & { deviceId: string },
  now: Date,
): Promise<Page<LogRequest>> {
  const devices = await reader.query('select 1 from device where organization_id = $1 and id = $2', [organizationId, query.deviceId]);
  if (devices.length === 0) throw notFound('device', query.deviceId);
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `${columns('null')} where l.organization_id = $1 and l.device_id = $4 and ($2::uuid is null or l.id < $2) order by l.id desc limit $3`,
      [organizationId, before, limit, query.deviceId],
    ),
  );
  return { ...page, items: page.items.map((row) => toLogRequest(row, now)) };
}

/** Locks the device, so that of two requests at once the second sees the first; what has expired is out of the way. */
async function lockDevice(tx: Transaction, organizationId: string, deviceId: string): Promise<{ name: string }> {
  const [device] = await tx.query<{ name: string; approval: string }>(
    'select name, approval from device where organization_id = $1 and id = $2 for no key update',
    [organizationId, deviceId],
  );
  if (device === undefined) throw notFound('device', deviceId);
  if (device.approval !== 'approved')
    throw stateConflict(`The device is ${device.approval}, so it is not asked for anything. Approve it first.`);
  await tx.execute('delete from device_log_request where device_id = $1 and expires_at <= $2', [deviceId, tx.now]);
  const [open] = await tx.query<{ id: string }>(
    `select id from device_log_request where device_id = $1 and state in ('requested', 'delivered')`,
    [deviceId],
  );
  if (open !== undefined)
    throw new StoreError('LOGS_OPEN', `Logs of this device were asked for already, as request ${open.id}: wait for it.`);
  return device;
}

/**
 * Asks a device for lines of a log: it hears of it like of a new revision, with its next (usually waiting) request.
 * @throws StoreError NOT_FOUND; STATE_CONFLICT when the device is not approved; LOGS_OPEN
 */
export async function requestDeviceLogs(
  tx: Transaction,
  organizationId: string,
  input: { deviceId: string; source: DeviceLogSource; lines: number; expiresAt: Date },
  context: ChangeContext,
): Promise<LogRequest> {
  const { deviceId, source, lines, expiresAt } = input;
  const device = await lockDevice(tx, organizationId, deviceId);
  const id = tx.uuid();
  await tx.execute(
    `insert into device_log_request (id, organization_id, device_id, source, line_count, state, requester, requested_at, expires_at)
     values ($1, $2, $3, $4, $5, 'requested', $6, $7, $8)`,
    [id, organizationId, deviceId, source, lines, JSON.stringify(context.actor), tx.now, expiresAt],
  );
  await tx.execute(
    `insert into device_desired (device_id, organization_id, revision, changed_at, log_request_id) values ($1, $2, 0, $3, $4)
     on conflict (device_id) do update set log_request_id = excluded.log_request_id`,
    [deviceId, organizationId, tx.now, id],
  );
  const target = { kind: 'device', id: deviceId, name: device.name } as const;
  const after = { logRequest: id, source, lines, expiresAt: iso(expiresAt) };
  await tx.record(entryOf(organizationId, context, { action: 'device.logs_requested', target, after }));
  const message = `${context.actor.name} asked for the log of the ${source}.`;
  await addTimelineLine(tx, { organizationId, deviceId, kind: 'person', level: 'info', code: 'LOGS_REQUESTED', message });
  await tx.changed(organizationId, 'device', [deviceId]);
  await tx.desiredChanged();
  return getLogRequest(tx, organizationId, id, tx.now);
}
