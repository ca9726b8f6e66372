import type { DeviceApproval, Inventory } from '@sluice/contracts';
import type { LedgerActor } from '@sluice/ledger';
import type { Transaction } from '../base/transaction.ts';
import { nameCandidates } from './unique-name.ts';

/** A device that proved its key and shows an enrollment code. */
export type NewDevice = {
  /** SHA-256 of the code, hexadecimal. */
  codeHash: string;
  publicKey: string;
  sealingKey: string;
  hardwareId: string;
  name: string;
  inventory: Inventory;
  /** Where it came from, for the ledger. */
  address?: string;
};

export type EnrolledDevice = { deviceId: string; organizationId: string; approval: DeviceApproval; root: string };

/** Why a code is not taken. */
export type CodeRefusal = 'invalid' | 'expired' | 'exhausted';

export type EnrollmentOutcome = { enrolled: EnrolledDevice } | { refused: CodeRefusal };

type CodeRow = {
  id: string;
  name: string;
  organizationId: string;
  automaticApproval: boolean;
  groupId: string | null;
  labels: unknown;
  refusal: CodeRefusal | null;
  root: string;
};

// Locked until the end: of two devices with the last use of a code one waits and is then refused.
const codeQuery = `
  SELECT c.id, c.name, c.organization_id AS "organizationId", c.automatic_approval AS "automaticApproval", c.group_id AS "groupId", c.labels,
         CASE WHEN c.revoked_at IS NOT NULL THEN 'invalid' WHEN c.expires_at <= $2 THEN 'expired'
              WHEN c.uses >= c.maximum_uses THEN 'exhausted' END AS refusal,
         o.root_document AS root
    FROM enrollment_code c JOIN organization o ON o.id = c.organization_id
   WHERE c.code_hash = $1
     FOR UPDATE OF c`;

/**
 * Takes a device into the organization of its code. A hardware id that is known already needs a person's approval, whatever the code says.
 * The same key again gets its first answer again and uses nothing: an agent that lost our answer must not be shut out by a used code.
 */
export async function enrollDevice(tx: Transaction, device: NewDevice): Promise<EnrollmentOutcome> {
  const [code] = await tx.query<CodeRow>(codeQuery, [device.codeHash, tx.now]);
  if (code === undefined || code.refusal === 'invalid') return { refused: 'invalid' };
  const [known] = await tx.query<{ id: string; approval: DeviceApproval }>(
    'SELECT id, approval FROM device WHERE organization_id = $1 AND hardware_id = $2 AND public_key = $3',
    [code.organizationId, device.hardwareId, device.publicKey],
  );
  if (known !== undefined) return { enrolled: enrolledDevice(code, known.id, known.approval) };
  if (code.refusal !== null) return { refused: code.refusal };
  const approval = await initialApproval(tx, code, device.hardwareId);
  const deviceId = tx.uuid();
  const name = await insertDevice(tx, { ...device, deviceId, approval, code });
  await tx.execute('UPDATE enrollment_code SET uses = uses + 1 WHERE id = $1', [code.id]);
  await describeEnrollment(tx, { device, deviceId, name, approval, code });
  return { enrolled: enrolledDevice(code, deviceId, approval) };
}

function enrolledDevice(code: CodeRow, deviceId: string, approval: DeviceApproval): EnrolledDevice {
  return { deviceId, organizationId: code.organizationId, approval, root: code.root };
}

async function initialApproval(tx: Transaction, code: CodeRow, hardwareId: string): Promise<'approved' | 'pending'> {
  // Two machines that claim one hardware id at the same moment, with different codes, must not both miss each other.
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${code.organizationId} ${hardwareId}`]);
  const twins = await tx.query('SELECT id FROM device WHERE organization_id = $1 AND hardware_id = $2 LIMIT 1', [
    code.organizationId,
    hardwareId,
  ]);
  return code.automaticApproval && twins.length === 0 ? 'approved' : 'pending';
}

type Insertion = NewDevice & { deviceId: string; approval: DeviceApproval; code: CodeRow };

/** Inserts the device with the first free name; returns the name. */
async function insertDevice(tx: Transaction, device: Insertion): Promise<string> {
  const { organizationId, groupId, labels } = device.code;
  let remaining = nameCandidates(device.name, device.deviceId);
  for (let inserted: unknown[] = []; inserted.length === 0; ) {
    const taken = await tx.query<{ name: string }>('SELECT name FROM device WHERE organization_id = $1 AND name = ANY($2)', [
      organizationId,
      remaining,
    ]);
    remaining = remaining.filter((name) => !taken.some((row) => row.name === name));
    inserted = await tx.query(
      `INSERT INTO device (id, organization_id, name, labels, hardware_id, public_key, sealing_key, approval, epoch, inventory, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10) ON CONFLICT (organization_id, name) DO NOTHING RETURNING id`,
      [
        device.deviceId,
        organizationId,
        remaining[0],
        JSON.stringify(labels),
        device.hardwareId,
        device.publicKey,
        device.sealingKey,
        device.approval,
        JSON.stringify(device.inventory),
        tx.now,
      ],
    );
  }
  if (groupId !== null) await listInGroup(tx, groupId, device.deviceId);
  return remaining[0] ?? device.name;
}

/** Unless the group became dynamic since the code was made: then labels decide. */
async function listInGroup(tx: Transaction, groupId: string, deviceId: string): Promise<void> {
  await tx.query('SELECT FROM device_group WHERE id = $1 FOR KEY SHARE', [groupId]);
  await tx.execute(
    `INSERT INTO device_group_member (group_id, device_id)
     SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM device_group_selector WHERE group_id = $1)`,
    [groupId, deviceId],
  );
}

type Description = { device: NewDevice; deviceId: string; name: string; approval: DeviceApproval; code: CodeRow };

/** The enrollment in the ledger, in the device's timeline, and for whoever watches. */
async function describeEnrollment(tx: Transaction, { device, deviceId, name, approval, code }: Description): Promise<void> {
  const { organizationId } = code;
  const actor: LedgerActor = {
    kind: 'device',
    id: deviceId,
    name,
    method: 'enrollment_code',
    ...(device.address === undefined ? {} : { address: device.address }),
  };
  const after = {
    name,
    approval,
    hardwareId: device.hardwareId,
    publicKey: device.publicKey,
    enrollmentCode: code.id,
    group: code.groupId,
  };
  await tx.record({ organizationId, actor, action: 'device.enrolled', target: { kind: 'device', id: deviceId, name }, after });
  await tx.record({
    organizationId,
    actor,
    action: 'enrollment_code.used',
    target: { kind: 'enrollment_code', id: code.id, name: code.name },
    after: { device: deviceId },
  });
  await tx.execute(
    `INSERT INTO device_event (id, organization_id, device_id, at, kind, level, code, message) VALUES ($1, $2, $3, $4, 'event', 'info', $5, $6)`,
    [tx.uuid(), organizationId, deviceId, tx.now, 'ENROLLED', approval === 'approved' ? 'Enrolled.' : 'Enrolled; waits for approval.'],
  );
  await tx.changed(organizationId, 'device', [deviceId]);
  await tx.changed(organizationId, 'enrollment_code', [code.id]);
  if (code.groupId !== null) await tx.changed(organizationId, 'group', [code.groupId]);
}
