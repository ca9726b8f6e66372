import type { Envelope } from '@sluice/contracts';
import { systemActor } from '@sluice/ledger';
import type { Transaction } from '../base/transaction.ts';

/** An assignment that was just signed. `sealedConfiguration` is null when the stored one stays as it is. */
export type SignedAssignment = {
  deviceId: string;
  organizationId: string;
  revision: number;
  epoch: number;
  releaseDigest: string | null;
  envelope: Envelope;
  /** SHA-256 of the signed payload, for the ledger. */
  digest: string;
  configurationDigest: string | null;
  sealedConfiguration: Uint8Array | null;
  stageId: string | null;
  variablesRevision: number;
  /** Which versions of variables are in it (see `digestOfVersions`); null: the stored one stays as it is. */
  variablesDigest: string | null;
  expiresAt: Date;
  /** The stored one that says something that has passed, to be replaced whenever it expires; null: none. */
  outdated: Envelope | null;
};

const saveQuery = `
  INSERT INTO device_assignment AS a
         (device_id, revision, epoch, release_digest, envelope, configuration_digest, sealed_configuration, created_at, expires_at,
          stage_id, variables_revision, variables_digest)
  SELECT u.device_id, u.revision, u.epoch, u.release_digest, u.envelope, u.configuration_digest, u.sealed_configuration, $9, u.expires_at,
         u.stage_id, u.variables_revision, u.variables_digest
    FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::jsonb[], $6::text[], $7::bytea[], $8::timestamptz[], $11::uuid[],
                $12::int[], $13::text[])
         AS u (device_id, revision, epoch, release_digest, envelope, configuration_digest, sealed_configuration, expires_at, stage_id,
               variables_revision, variables_digest)
    JOIN device_desired s ON s.device_id = u.device_id AND s.revision = u.revision
   ORDER BY u.device_id
  ON CONFLICT (device_id, revision) DO UPDATE
     SET envelope = excluded.envelope, epoch = excluded.epoch, expires_at = excluded.expires_at
   WHERE (a.epoch < excluded.epoch OR a.expires_at < $10)
     AND a.configuration_digest IS NOT DISTINCT FROM excluded.configuration_digest
  RETURNING a.device_id AS "deviceId"`;

/**
 * Keeps signed assignments, and writes that they were made into the ledger. Of several replicas that signed the same revision at once one wins;
 * a revision that is desired no more, or that is signed for long enough already, is left alone. An existing row is only signed anew, never given
 * another configuration.
 * @param renewBefore rows that expire before this are replaced
 * @returns the devices whose assignment is the given one; for the others read again
 */
export async function saveAssignments(tx: Transaction, assignments: readonly SignedAssignment[], renewBefore: Date): Promise<Set<string>> {
  await expireOutdated(
    tx,
    assignments.filter((each) => each.outdated !== null),
  );
  const rows = await tx.query<{ deviceId: string }>(saveQuery, [
    assignments.map((each) => each.deviceId),
    assignments.map((each) => each.revision),
    assignments.map((each) => each.epoch),
    assignments.map((each) => each.releaseDigest),
    assignments.map((each) => JSON.stringify(each.envelope)),
    assignments.map((each) => each.configurationDigest),
    assignments.map((each) => each.sealedConfiguration),
    assignments.map((each) => each.expiresAt),
    tx.now,
    renewBefore,
    assignments.map((each) => each.stageId),
    assignments.map((each) => each.variablesRevision),
    assignments.map((each) => each.variablesDigest),
  ]);
  const saved = new Set(rows.map((row) => row.deviceId));
  await recordAssignments(
    tx,
    assignments.filter((each) => saved.has(each.deviceId)),
  );
  return saved;
}

/** Of several replicas one finds the outdated envelope still there, and replaces it. */
async function expireOutdated(tx: Transaction, assignments: readonly SignedAssignment[]): Promise<void> {
  if (assignments.length === 0) return;
  await tx.execute(
    `UPDATE device_assignment a SET expires_at = $4
       FROM unnest($1::uuid[], $2::bigint[], $3::jsonb[]) AS u (device_id, revision, envelope)
      WHERE a.device_id = u.device_id AND a.revision = u.revision AND a.envelope = u.envelope`,
    [
      assignments.map((each) => each.deviceId),
      assignments.map((each) => each.revision),
      assignments.map((each) => JSON.stringify(each.outdated)),
      tx.now,
    ],
  );
}

/** "This device was told exactly this": one entry per organization for all devices of the batch. */
async function recordAssignments(tx: Transaction, assignments: readonly SignedAssignment[]): Promise<void> {
  for (const [organizationId, ofOrganization] of Map.groupBy(assignments, (each) => each.organizationId)) {
    await tx.record({
      organizationId,
      actor: systemActor,
      action: 'deployment.offered',
      target: { kind: 'organization', id: organizationId },
      after: ofOrganization.map(({ deviceId, revision, digest, releaseDigest, configurationDigest }) => ({
        deviceId,
        revision,
        assignment: digest,
        release: releaseDigest,
        configuration: configurationDigest,
      })),
    });
  }
}
