import type { DeviceApproval } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';

/** What is needed to check a device's proof and to give it a token. */
export type DeviceIdentity = { deviceId: string; organizationId: string; publicKey: string; approval: DeviceApproval; epoch: number };

/** The identity of a device; undefined when there is none of this id. */
export async function findDeviceIdentity(reader: Reader, deviceId: string): Promise<DeviceIdentity | undefined> {
  const rows = await reader.query<DeviceIdentity>(
    `SELECT id AS "deviceId", organization_id AS "organizationId", public_key AS "publicKey", approval, epoch FROM device WHERE id = $1`,
    [deviceId],
  );
  return rows[0];
}
