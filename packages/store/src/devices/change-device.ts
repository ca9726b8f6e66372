import type { Device, DeviceDetail, UpdateDeviceRequest } from '@sluice/contracts';
import type { JsonValue, LedgerAction } from '@sluice/ledger';

import type { Transaction } from '../base/transaction.ts';
import { renewWindows } from '../device-protocol/renew-windows.ts';
import { notFound, stateConflict, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { removeDevicesFromRollouts } from '../rollouts/remove-devices.ts';
import { getDevice } from './read-device.ts';

type Locked = Pick<Device, 'id' | 'name' | 'labels' | 'approval' | 'version'> & Pick<DeviceDetail, 'epoch' | 'timeZone'>;

async function lockDevice(tx: Transaction, organizationId: string, deviceId: string): Promise<Locked> {
  const [device] = await tx.query<Locked>(
    `select id, name, labels, approval, version, epoch, time_zone as "timeZone"
     from device where organization_id = $1 and id = $2 for no key update`,
    [organizationId, deviceId],
  );
  if (device === undefined) throw notFound('device', deviceId);
  return device;
}

type Told = { action: LedgerAction; code: string; message: string; before: JsonValue; after: JsonValue };

/** What a person did to a device: in the ledger, in its timeline, and for whoever watches. */
async function tell(tx: Transaction, organizationId: string, device: { id: string; name: string; told: Told }, context: ChangeContext) {
  const { id, name, told } = device;
  const { action, before, after } = told;
  await tx.record(entryOf(organizationId, context, { action, target: { kind: 'device', id, name }, before, after }));
  await tx.execute(
    `insert into device_event (id, organization_id, device_id, at, kind, level, code, message)
     values ($1, $2, $3, $4, 'person', 'info', $5, $6)`,
    [tx.uuid(), organizationId, id, tx.now, told.code, `${told.message} by ${context.actor.name}.`],
  );
  await tx.changed(organizationId, 'device', [id]);
}

/**
 * Changes the name, the labels or the time zone (checked by the caller); what is left out stays. `version`: the one that the change was made
 * from (`If-Match`). A device that waits for a window gets the windows of its new zone.
 * @throws StoreError NOT_FOUND, VERSION_STALE, NAME_TAKEN
 */
export async function updateDevice(
  tx: Transaction,
  organizationId: string,
  input: { deviceId: string; version: number; changes: UpdateDeviceRequest },
  context: ChangeContext,
): Promise<DeviceDetail> {
  const { deviceId, version, changes } = input;
  const device = await lockDevice(tx, organizationId, deviceId);
  if (device.version !== version) throw versionStale('device', deviceId, device.version);
  const { name, labels, timeZone } = device;
  const before = { name, labels, timeZone };
  const after = { ...before, ...changes };
  await tx.execute('update device set name = $2, labels = $3, time_zone = $4, version = version + 1 where id = $1', [
    deviceId,
    after.name,
    JSON.stringify(after.labels),
    after.timeZone,
  ]);
  if (after.timeZone !== timeZone) await renewWindows(tx, [deviceId]);
  const message = after.timeZone === timeZone ? 'Name or labels changed' : `Time zone set to ${after.timeZone ?? 'that of the host'}`;
  const told: Told = { action: 'device.changed', code: 'CHANGED', message, before, after };
  await tell(tx, organizationId, { id: deviceId, name: after.name, told }, context);
  return getDevice(tx, organizationId, deviceId, { now: tx.now });
}

/**
 * Admits a device that waits for approval, or one that was stopped because two devices seemed to share its identity.
 * @throws StoreError NOT_FOUND, STATE_CONFLICT when it was revoked; an approved device stays as it is
 */
export async function approveDevice(
  tx: Transaction,
  organizationId: string,
  deviceId: string,
  context: ChangeContext,
): Promise<DeviceDetail> {
  const device = await lockDevice(tx, organizationId, deviceId);
  if (device.approval === 'revoked') throw stateConflict('The device was revoked: it must enroll again with a new key.');
  if (device.approval !== 'approved') {
    await tx.execute(`update device set approval = 'approved', version = version + 1 where id = $1`, [deviceId]);
    const before = { approval: device.approval };
    const told: Told = { action: 'device.approved', code: 'APPROVED', message: 'Approved', before, after: { approval: 'approved' } };
    await tell(tx, organizationId, { id: deviceId, name: device.name, told }, context);
    await tx.desiredChanged();
  }
  return getDevice(tx, organizationId, deviceId, { now: tx.now });
}

/**
 * Ends a device's identity: its epoch grows, so its tokens count no more, and it leaves all rollouts. A revoked device stays as it is.
 * @returns the device, and the rollouts that the worker should look at (enqueue `rollout.advance` for each after the commit)
 * @throws StoreError NOT_FOUND
 */
export async function revokeDevice(
  tx: Transaction,
  organizationId: string,
  deviceId: string,
  context: ChangeContext,
): Promise<{ device: DeviceDetail; rolloutIds: string[] }> {
  const device = await lockDevice(tx, organizationId, deviceId);
  let rolloutIds: string[] = [];
  if (device.approval !== 'revoked') {
    await tx.execute(`update device set approval = 'revoked', epoch = epoch + 1, version = version + 1 where id = $1`, [deviceId]);
    const reason = context.reason ?? 'The device was revoked.';
    rolloutIds = await removeDevicesFromRollouts(tx, organizationId, [deviceId], { ...context, reason });
    const before = { approval: device.approval, epoch: device.epoch };
    const after = { approval: 'revoked', epoch: device.epoch + 1 };
    const told: Told = { action: 'device.revoked', code: 'REVOKED', message: 'Revoked', before, after };
    await tell(tx, organizationId, { id: deviceId, name: device.name, told }, context);
    await tx.desiredChanged();
  }
  return { device: await getDevice(tx, organizationId, deviceId, { now: tx.now }), rolloutIds };
}
