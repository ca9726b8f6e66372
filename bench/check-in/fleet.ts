import { createHmac } from 'node:crypto';
import { deriveKey, systemClock, systemRandom, uuidv7 } from '@sluice/platform';
import { createStore } from '@sluice/store';

/** A line of the tokens' file: what a device's check-in needs. */
export type CheckInLine = string;

/** A device's token, as `POST /device/v1/token` makes it (JWT, HS256): getting thousands of them by proof is not what is measured. */
function tokenFor(key: Buffer, device: { id: string; organizationId: string; issuedAt: number }): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'sluice', aud: 'sluice-device', sub: device.id, org: device.organizationId, epoch: 1 };
  const times = { iat: device.issuedAt, exp: device.issuedAt + 15 * 60 };
  const content = `${encode({ alg: 'HS256', typ: 'sluice-device+jwt' })}.${encode({ ...claims, ...times })}`;
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`;
}

/** Makes an organization with so many devices that each were given something, by a handful of statements. */
export async function seedFleet(connectionString: string, devices: number): Promise<{ organizationId: string; deviceIds: string[] }> {
  const store = createStore({ connectionString, poolSize: 2, clock: systemClock, random: systemRandom });
  const organizationId = uuidv7(systemClock, systemRandom);
  try {
    await store.query(`INSERT INTO organization (id, name, root_document, created_at) VALUES ($1, $2, '{}', now())`, [
      organizationId,
      `bench ${organizationId}`,
    ]);
    const rows = await store.query<{ id: string }>(
      `INSERT INTO device (id, organization_id, name, hardware_id, public_key, sealing_key, approval, inventory, created_at)
       SELECT id, $1, 'device ' || number, 'hardware ' || number, '', '', 'approved', '{}', now()
         FROM (SELECT uuidv7() AS id, number FROM generate_series(1, $2::int) AS number) AS row
       RETURNING id`,
      [organizationId, devices],
    );
    await store.query(
      `INSERT INTO device_desired (device_id, organization_id, revision, changed_at)
       SELECT id, organization_id, 1 + abs(hashtext(name)) % 50, now() FROM device WHERE organization_id = $1`,
      [organizationId],
    );
    return { organizationId, deviceIds: rows.map((row) => row.id) };
  } finally {
    await store.close();
  }
}

/** The lines of all devices, with fresh tokens (they live for fifteen minutes). */
export async function checkInLines(connectionString: string, masterKey: Buffer, organizationId: string): Promise<CheckInLine[]> {
  const store = createStore({ connectionString, poolSize: 1, clock: systemClock, random: systemRandom });
  try {
    const rows = await store.query<{ id: string; revision: number }>(
      'SELECT device_id AS id, revision FROM device_desired WHERE organization_id = $1 ORDER BY md5(device_id::text)',
      [organizationId],
    );
    const key = deriveKey(masterKey, 'jwt-device');
    const issuedAt = Math.floor(systemClock.now() / 1000);
    return rows.map(({ id, revision }) => `${tokenFor(key, { id, organizationId, issuedAt })} "${revision}"`);
  } finally {
    await store.close();
  }
}
