// INVARIANTS
// 1. A capture ends once: completed, failed or expired. Whoever ends it holds its row.
// 2. The capture that `device_desired` names is open: the transaction that ends one takes its name away.
import type { CapturedFacts, CaptureState, CaptureWarning } from '@sluice/contracts';
import { type LedgerActor, systemActor } from '@sluice/ledger';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';

/** SQL: the device may still answer. Spelled out like the partial indexes, so that they are used. */
export const openSql = `state in ('requested', 'delivered')`;

/** Why a capture has expired, by the state in which its time ran out. */
export function expiryOf(state: CaptureState): { code: string; message: string } {
  const message =
    state === 'requested'
      ? 'The device was not heard of in time: ask again when it is online.'
      : 'The device was told, but sent nothing in time: its agent may be too old to know how.';
  return { code: 'CAPTURE_EXPIRED', message };
}

type TimelineLine = {
  organizationId: string;
  deviceId: string;
  kind: 'person' | 'event';
  level: 'info' | 'warning';
  code: string;
  message: string;
};

/** Adds a line to the timeline of a device. */
export async function addTimelineLine(tx: Transaction, line: TimelineLine): Promise<void> {
  await tx.execute(
    `insert into device_event (id, organization_id, device_id, at, kind, level, code, message) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tx.uuid(), line.organizationId, line.deviceId, tx.now, line.kind, line.level, line.code, line.message],
  );
}

/** What a device answers, while it is locked. `isOver`: it is open, but its time is over. */
export type LockedCapture = {
  id: string;
  organizationId: string;
  deviceId: string;
  deviceName: string;
  state: CaptureState;
  isOver: boolean;
  message: string;
  requester: LedgerActor;
};

/** Locks a capture, only if it is this very device's. */
export async function lockDeviceCapture(tx: Transaction, deviceId: string, captureId: string): Promise<LockedCapture | undefined> {
  const [capture] = await tx.query<LockedCapture>(
    `select c.id, c.organization_id as "organizationId", c.device_id as "deviceId", d.name as "deviceName", c.state, c.message, c.requester,
            c.${openSql} and c.expires_at <= $3 as "isOver"
       from device_capture c join device d on d.id = c.device_id
      where c.id = $2 and c.device_id = $1 for update of c`,
    [deviceId, captureId, tx.now],
  );
  return capture;
}

/** Notes that a device was told of a capture; the first time counts. */
export async function markCaptureDelivered(tx: Transaction, deviceId: string, captureId: string): Promise<void> {
  const capture = await lockDeviceCapture(tx, deviceId, captureId);
  if (capture?.state !== 'requested' || capture.isOver) return;
  await tx.execute(`update device_capture set state = 'delivered', delivered_at = $2 where id = $1`, [captureId, tx.now]);
  await tx.record({
    organizationId: capture.organizationId,
    actor: systemActor,
    action: 'device.capture_delivered',
    target: { kind: 'device', id: deviceId, name: capture.deviceName },
    after: { capture: captureId },
  });
  await tx.changed(capture.organizationId, 'device', [deviceId]);
}

/** How an answered capture ended. `snapshot`: the one made, or the one that what runs there equals. */
export type CaptureEnd =
  | {
      state: 'completed';
      differs: boolean;
      releaseId: string;
      snapshot: { id: string; number: number };
      observed: CapturedFacts;
      warnings: readonly CaptureWarning[];
    }
  | { state: 'failed'; failure: { code: string; message: string } };

async function writeEnd(tx: Transaction, captureId: string, end: CaptureEnd): Promise<void> {
  if (end.state === 'failed') {
    await tx.execute(`update device_capture set state = 'failed', finished_at = $2, failure = $3 where id = $1`, [
      captureId,
      tx.now,
      JSON.stringify(end.failure),
    ]);
    return;
  }
  await tx.execute(
    `update device_capture set state = 'completed', finished_at = $2, differs = $3, release_id = $4, snapshot_id = $5, observed = $6, warnings = $7
      where id = $1`,
    [captureId, tx.now, end.differs, end.releaseId, end.snapshot.id, JSON.stringify(end.observed), JSON.stringify(end.warnings)],
  );
}

function lineOf(end: CaptureEnd): Pick<TimelineLine, 'level' | 'code' | 'message'> {
  if (end.state === 'failed')
    return { level: 'warning', code: 'CAPTURE_FAILED', message: `${end.failure.code}: ${end.failure.message}`.slice(0, 2000) };
  const { differs, snapshot } = end;
  const message = differs
    ? `What runs here differs from its release: it is snapshot v${snapshot.number} now.`
    : `What runs here is what was released: snapshot v${snapshot.number}.`;
  return { level: differs ? 'warning' : 'info', code: 'CAPTURED', message };
}

/** Ends an open capture with what its device said. The caller holds the row (`lockDeviceCapture`). */
export async function finishDeviceCapture(tx: Transaction, capture: LockedCapture, end: CaptureEnd): Promise<void> {
  const { id, organizationId, deviceId, deviceName } = capture;
  await writeEnd(tx, id, end);
  await tx.execute('update device_desired set capture_id = null where device_id = $1 and capture_id = $2', [deviceId, id]);
  await tx.record({
    organizationId,
    actor: { kind: 'device', id: deviceId, name: deviceName, method: 'device_token' },
    action: end.state === 'failed' ? 'device.capture_failed' : 'device.capture_completed',
    target: { kind: 'device', id: deviceId, name: deviceName },
    after:
      end.state === 'failed'
        ? { capture: id, ...end.failure }
        : {
            capture: id,
            differs: end.differs,
            release: end.releaseId,
            snapshot: end.snapshot.id,
            flowsRevision: end.observed.flowsRevision,
            warnings: end.warnings.map((warning) => warning.code),
          },
  });
  await addTimelineLine(tx, { organizationId, deviceId, kind: 'event', ...lineOf(end) });
  await tx.changed(organizationId, 'device', [deviceId]);
  await tx.desiredChanged();
}

/** A release by what a device calls it. `lockSha256`: of its package-lock.json, which its snapshot may have left to publishing. */
export type ReleaseByDigest = { id: string; applicationId: string; snapshotId: string; lockSha256: string | null };

/** The organization's release with this digest. */
export async function findReleaseByDigest(reader: Reader, organizationId: string, digest: string): Promise<ReleaseByDigest | undefined> {
  const [release] = await reader.query<ReleaseByDigest>(
    `select r.id, r.application_id as "applicationId", r.snapshot_id as "snapshotId",
            (select f ->> 'sha256' from jsonb_array_elements(r.manifest -> 'files') f where f ->> 'path' = 'package-lock.json') as "lockSha256"
       from release r where r.organization_id = $1 and r.digest = $2`,
    [organizationId, digest],
  );
  return release;
}

/** The newest snapshot of an application with exactly this content. */
export async function findSnapshotByDigest(
  reader: Reader,
  application: { organizationId: string; applicationId: string },
  digest: string,
): Promise<{ id: string; number: number } | undefined> {
  const [snapshot] = await reader.query<{ id: string; number: number }>(
    'select id, number from snapshot where organization_id = $1 and application_id = $2 and digest = $3 order by id desc limit 1',
    [application.organizationId, application.applicationId, digest],
  );
  return snapshot;
}
