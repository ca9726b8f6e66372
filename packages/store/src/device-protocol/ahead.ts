/**
 * A database that is older than its devices: it was restored from a backup. INVARIANTS
 * - A device that names a higher revision, epoch, release counter or report sequence than the database gave or acknowledged is noticed once, and
 *   what it names is compared in the database itself: a cache that lags behind accuses nobody.
 * - From then on it is told nothing and offered nothing, until a person decides (`adoptDevice`, `reassertDevice`).
 */
import { systemActor } from '@sluice/ledger';
import type { Transaction } from '../base/transaction.ts';

/** What a device names that the database may not know. */
export type DeviceClaim = {
  deviceId: string;
  /** The revision it was told last, or carried out last. */
  revision?: number;
  /** Of its token, which we have signed. */
  epoch?: number;
  running?: { digest: string; counter: number };
  /** Its reports continue after one that was acknowledged and is not known. */
  hasGap?: boolean;
};

type Noticed = { deviceId: string; organizationId: string; name: string; reason: string; deviceRevision: number; knownRevision: number };

const words: Readonly<Record<string, string>> = {
  revision: 'It was told of a revision that is not known here',
  epoch: 'It has a token of an epoch that is not known here',
  counter: 'It runs a release that is newer than any that is known here',
  sequence: 'Reports that it was told are kept are not here',
};

const noticeQuery = `
  WITH claim AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::int[], $6::boolean[])
             AS u (device_id, revision, epoch, digest, counter, gap)),
  judged AS (
    SELECT c.*, d.organization_id, d.name, d.epoch AS known_epoch, coalesce(x.revision, 0) AS known_revision,
           CASE WHEN c.revision > coalesce(x.revision, 0) THEN 'revision'
                WHEN c.epoch > d.epoch THEN 'epoch'
                WHEN c.digest IS NOT NULL AND c.counter > a.last_release_counter
                     AND NOT EXISTS (SELECT 1 FROM release k WHERE k.organization_id = d.organization_id AND k.digest = c.digest) THEN 'counter'
                WHEN c.gap THEN 'sequence' END AS reason
      FROM claim c
      JOIN device d ON d.id = c.device_id AND d.approval = 'approved'
      LEFT JOIN device_desired x ON x.device_id = c.device_id
      LEFT JOIN release r ON r.id = x.release_id
      LEFT JOIN application a ON a.id = r.application_id),
  noticed AS (
    INSERT INTO device_ahead (device_id, organization_id, noticed_at, device_revision, known_revision, device_epoch, device_counter, reason)
    SELECT device_id, organization_id, $7::timestamptz, revision, known_revision, greatest(epoch, known_epoch), counter, reason
      FROM judged WHERE reason IS NOT NULL ORDER BY device_id
    ON CONFLICT (device_id) DO NOTHING
    RETURNING device_id)
  SELECT j.device_id AS "deviceId", j.organization_id AS "organizationId", j.name, j.reason, j.revision AS "deviceRevision",
         j.known_revision AS "knownRevision"
    FROM judged j JOIN noticed n ON n.device_id = j.device_id ORDER BY j.device_id`;

/** Looks whether devices know more than the database, and notes those that do, in their timeline and in the ledger, too. */
export async function noteAhead(tx: Transaction, claims: readonly DeviceClaim[]): Promise<void> {
  if (claims.length === 0) return;
  const noticed = await tx.query<Noticed>(noticeQuery, [
    claims.map(({ deviceId }) => deviceId),
    claims.map(({ revision }) => revision ?? 0),
    claims.map(({ epoch }) => epoch ?? 0),
    claims.map(({ running }) => running?.digest ?? null),
    claims.map(({ running }) => running?.counter ?? 0),
    claims.map(({ hasGap }) => hasGap ?? false),
    tx.now,
  ]);
  if (noticed.length === 0) return;
  const lines = noticed.map(({ reason }) => `${words[reason] ?? reason}: the control plane seems to have been restored from a backup.`);
  await tx.execute(
    `INSERT INTO device_event (id, organization_id, device_id, at, kind, level, code, message)
     SELECT u.id, u.organization_id, u.device_id, $4, 'event', 'warning', 'SERVER_RESTORED', u.message
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $5::text[]) AS u (id, organization_id, device_id, message)`,
    [
      noticed.map(() => tx.uuid()),
      noticed.map(({ organizationId }) => organizationId),
      noticed.map(({ deviceId }) => deviceId),
      tx.now,
      lines,
    ],
  );
  await tx.recordMany(
    noticed.map(({ organizationId, deviceId, name, reason, deviceRevision, knownRevision }, index) => ({
      organizationId,
      actor: systemActor,
      action: 'device.ahead' as const,
      target: { kind: 'device' as const, id: deviceId, name },
      after: { because: reason, deviceRevision, knownRevision },
      ...(lines[index] === undefined ? {} : { reason: lines[index] }),
    })),
  );
  for (const [organizationId, devices] of Map.groupBy(noticed, (each) => each.organizationId)) {
    await tx.changed(
      organizationId,
      'device',
      devices.map(({ deviceId }) => deviceId),
    );
  }
  await tx.desiredChanged();
}
