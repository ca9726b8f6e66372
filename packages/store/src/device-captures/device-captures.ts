import type { CaptureState, DeviceCapture, Page, PageQuery } from '@sluice/contracts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { expireDeviceCaptures } from './expire.ts';
import { addTimelineLine, expiryOf, openSql } from './lifecycle.ts';

type Row = Omit<DeviceCapture, 'requestedAt' | 'expiresAt' | 'deliveredAt' | 'finishedAt' | 'state'> & {
  state: CaptureState;
  requestedAt: Date;
  expiresAt: Date;
  deliveredAt: Date | null;
  finishedAt: Date | null;
};

const selection = `
  select c.id, c.device_id as "deviceId", d.name as "deviceName", c.state, c.message, c.requester ->> 'name' as "requestedBy",
         c.requested_at as "requestedAt", c.expires_at as "expiresAt", c.delivered_at as "deliveredAt", c.finished_at as "finishedAt", c.differs,
         case when r.id is null then null else jsonb_build_object(
           'id', r.id, 'name', r.name, 'applicationId', r.application_id, 'applicationName', a.name) end as release,
         case when s.id is null then null else jsonb_build_object('id', s.id, 'number', s.number) end as snapshot,
         c.observed, c.warnings, c.failure
    from device_capture c
    join device d on d.id = c.device_id
    left join release r on r.id = c.release_id
    left join application a on a.id = r.application_id
    left join snapshot s on s.id = c.snapshot_id`;

/** An open capture whose time is over is expired, even when the sweep that writes it down has not come by yet. */
function toCapture(row: Row, now: Date): DeviceCapture {
  const isOver = row.finishedAt === null && row.expiresAt <= now;
  return {
    ...row,
    state: isOver ? 'expired' : row.state,
    requestedAt: iso(row.requestedAt),
    expiresAt: iso(row.expiresAt),
    deliveredAt: isoOrNull(row.deliveredAt),
    finishedAt: isoOrNull(isOver ? row.expiresAt : row.finishedAt),
    failure: isOver ? expiryOf(row.state) : row.failure,
  };
}

/** @throws StoreError NOT_FOUND */
export async function getDeviceCapture(reader: Reader, organizationId: string, captureId: string, now: Date): Promise<DeviceCapture> {
  const [row] = await reader.query<Row>(`${selection} where c.organization_id = $1 and c.id = $2`, [organizationId, captureId]);
  if (row === undefined) throw notFound('capture', captureId);
  return toCapture(row, now);
}

/**
 * The captures of a device, newest first.
 * @throws StoreError NOT_FOUND when the device is not the organization's; CURSOR_INVALID
 */
export async function listDeviceCaptures(
  reader: Reader,
  organizationId: string,
  query: PageQuery & { deviceId: string },
  now: Date,
): Promise<Page<DeviceCapture>> {
  const devices = await reader.query('select 1 from device where organization_id = $1 and id = $2', [organizationId, query.deviceId]);
  if (devices.length === 0) throw notFound('device', query.deviceId);
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `${selection} where c.organization_id = $1 and c.device_id = $4 and ($2::uuid is null or c.id < $2) order by c.id desc limit $3`,
      [organizationId, before, limit, query.deviceId],
    ),
  );
  return { ...page, items: page.items.map((row) => toCapture(row, now)) };
}

type AskedDevice = { id: string; name: string; approval: string; runs: boolean; openCaptureId: string | null };

/** Locks the device, so that of two requests at once the second sees the first. */
async function lockDevice(tx: Transaction, organizationId: string, deviceId: string): Promise<AskedDevice> {
  const found = await tx.query('select 1 from device where organization_id = $1 and id = $2 for no key update', [organizationId, deviceId]);
  if (found.length === 0) throw notFound('device', deviceId);
  await expireDeviceCaptures(tx, { deviceId });
  // After the lock: a statement of its own sees what whoever held it before has written.
  const [device] = await tx.query<AskedDevice>(
    `select d.id, d.name, d.approval, (o.running_digest is not null or w.release_id is not null) as runs,
            (select c.id from device_capture c where c.device_id = d.id and c.${openSql}) as "openCaptureId"
       from device d left join device_observed o on o.device_id = d.id left join device_desired w on w.device_id = d.id
      where d.id = $1`,
    [deviceId],
  );
  if (device === undefined) throw notFound('device', deviceId);
  return device;
}

/**
 * Asks for what runs on a device: it hears of it like of a new revision, with its next (usually waiting) request.
 * @throws StoreError NOT_FOUND; STATE_CONFLICT when the device is not approved or runs nothing; CAPTURE_OPEN
 */
export async function requestDeviceCapture(
  tx: Transaction,
  organizationId: string,
  input: { deviceId: string; message: string; expiresAt: Date },
  context: ChangeContext,
): Promise<DeviceCapture> {
  const { deviceId, message, expiresAt } = input;
  const device = await lockDevice(tx, organizationId, deviceId);
  if (device.approval !== 'approved')
    throw stateConflict(`The device is ${device.approval}, so it is not asked for anything. Approve it first.`);
  if (!device.runs) throw stateConflict('The device runs no release yet, so there is nothing to capture. Roll out a release to it first.');
  if (device.openCaptureId !== null) {
    const detail = `What runs on this device was asked for already, as capture ${device.openCaptureId}: wait for it.`;
    throw new StoreError('CAPTURE_OPEN', detail);
  }
  const id = tx.uuid();
  // Where the person sat when they asked says nothing about the moment the snapshot is made.
  const { session: _session, address: _address, ...requester } = context.actor;
  await tx.execute(
    `insert into device_capture (id, organization_id, device_id, state, message, requester, requested_at, expires_at)
     values ($1, $2, $3, 'requested', $4, $5, $6, $7)`,
    [id, organizationId, deviceId, message, JSON.stringify(requester), tx.now, expiresAt],
  );
  await tx.execute(
    `insert into device_desired (device_id, organization_id, revision, changed_at, capture_id) values ($1, $2, 0, $3, $4)
     on conflict (device_id) do update set capture_id = excluded.capture_id`,
    [deviceId, organizationId, tx.now, id],
  );
  const target = { kind: 'device', id: deviceId, name: device.name } as const;
  const after = { capture: id, message, expiresAt: iso(expiresAt) };
  await tx.record(entryOf(organizationId, context, { action: 'device.capture_requested', target, after }));
  const text = `${context.actor.name} asked for what runs here.`;
  await addTimelineLine(tx, { organizationId, deviceId, kind: 'person', level: 'info', code: 'CAPTURE_REQUESTED', message: text });
  await tx.changed(organizationId, 'device', [deviceId]);
  await tx.desiredChanged();
  return getDeviceCapture(tx, organizationId, id, tx.now);
}
