import type { CaptureState } from '@sluice/contracts';
import { systemActor } from '@sluice/ledger';
import type { Transaction } from '../base/transaction.ts';
import { expiryOf, openSql } from './lifecycle.ts';

type Expired = { id: string; organizationId: string; deviceId: string; deviceName: string; state: CaptureState };

/** Captures ended by one call at most. */
const batchMax = 1_000;

/**
 * Ends the captures whose time is over. Call it again while it returns true.
 * @param only.deviceId looks at this device alone
 * @returns whether there may be more
 */
export async function expireDeviceCaptures(tx: Transaction, only: { deviceId?: string } = {}): Promise<boolean> {
  const expired = await tx.query<Expired>(
    `update device_capture c set state = 'expired', finished_at = $1,
            failure = jsonb_build_object('code', 'CAPTURE_EXPIRED', 'message', case o.state when 'requested' then $4 else $5 end)
       from (select id, state from device_capture
              where ${openSql} and expires_at <= $1 and ($2::uuid is null or device_id = $2)
              order by id limit $3 for update skip locked) o, device d
      where c.id = o.id and d.id = c.device_id
      returning c.id, c.organization_id as "organizationId", c.device_id as "deviceId", d.name as "deviceName", o.state`,
    [tx.now, only.deviceId ?? null, batchMax, expiryOf('requested').message, expiryOf('delivered').message],
  );
  if (expired.length === 0) return false;
  const deviceIds = expired.map((each) => each.deviceId);
  await tx.execute('update device_desired set capture_id = null where device_id = any($1::uuid[]) and capture_id = any($2::uuid[])', [
    deviceIds,
    expired.map((each) => each.id),
  ]);
  await tx.execute(
    `insert into device_event (id, organization_id, device_id, at, kind, level, code, message)
     select u.id, u.organization_id, u.device_id, $5, 'event', 'warning', 'CAPTURE_EXPIRED', u.message
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as u (id, organization_id, device_id, message)`,
    [
      expired.map(() => tx.uuid()),
      expired.map((each) => each.organizationId),
      deviceIds,
      expired.map((each) => expiryOf(each.state).message),
      tx.now,
    ],
  );
  await tx.recordMany(
    expired.map(({ id, organizationId, deviceId, deviceName, state }) => ({
      organizationId,
      actor: systemActor,
      action: 'device.capture_expired' as const,
      target: { kind: 'device' as const, id: deviceId, name: deviceName },
      before: { state },
      after: { capture: id },
    })),
  );
  for (const [organizationId, ofOrganization] of Map.groupBy(expired, (each) => each.organizationId)) {
    await tx.changed(
      organizationId,
      'device',
      ofOrganization.map((each) => each.deviceId),
    );
  }
  await tx.desiredChanged();
  return expired.length === batchMax;
}
