import type { Envelope, ReleaseManifest } from '@sluice/contracts';
import type { LedgerActor } from '@sluice/ledger';
import { type Signer, signRelease } from '@sluice/trust';
import type { Transaction } from '../base/transaction.ts';

/** A release whose files are wanted back, and the counter that devices have committed since. */
export type Republication = { organizationId: string; releaseId: string; applicationId: string; aboveCounter: number };

type OldRelease = {
  applicationId: string;
  snapshotId: string;
  name: string;
  counter: number;
  manifest: ReleaseManifest;
  lockDigest: string;
};

/**
 * A release with the files of an older one that devices accept after a newer one: they refuse a counter lower than the highest they committed.
 * One that was already signed for that, by us or by a person with an offline key, is used again; of another application the old one itself.
 * @returns its id, or null when a signature is needed and there is no signer
 */
export async function republishRelease(
  tx: Transaction,
  wanted: Republication,
  signing: { signer: Signer | null; actor: LedgerActor },
): Promise<string | null> {
  const old = await readRelease(tx, wanted);
  if (old.applicationId !== wanted.applicationId || old.counter > wanted.aboveCounter) return wanted.releaseId;
  const usable = await findRepublication(tx, wanted);
  if (usable !== undefined) return usable;
  if (signing.signer === null) return null;
  const counter = await nextCounter(tx, old.applicationId);
  const manifest: ReleaseManifest = { ...old.manifest, releaseCounter: counter, createdAt: tx.now.toISOString() };
  const { envelope, digest } = signRelease(manifest, [signing.signer]);
  const id = tx.uuid();
  await insertRelease(
    tx,
    { ...old, id, organizationId: wanted.organizationId, counter, manifest, envelope, digest, from: wanted.releaseId },
    signing.actor,
  );
  await tx.record({
    organizationId: wanted.organizationId,
    actor: signing.actor,
    action: 'release.republished',
    target: { kind: 'release', id },
    after: { republishedFrom: wanted.releaseId, counter, digest, keyId: signing.signer.keyId },
  });
  await tx.changed(wanted.organizationId, 'release', [id]);
  return id;
}

async function readRelease(tx: Transaction, { organizationId, releaseId }: Republication): Promise<OldRelease> {
  const [release] = await tx.query<OldRelease>(
    `SELECT application_id AS "applicationId", snapshot_id AS "snapshotId", name, counter, manifest, lock_digest AS "lockDigest"
       FROM release WHERE organization_id = $1 AND id = $2`,
    [organizationId, releaseId],
  );
  if (release === undefined) throw new Error(`release ${releaseId} is remembered by a deployment but does not exist`);
  return release;
}

async function findRepublication(tx: Transaction, wanted: Republication): Promise<string | undefined> {
  const [found] = await tx.query<{ id: string }>(
    `SELECT id FROM release WHERE organization_id = $1 AND republished_from = $2 AND application_id = $3 AND counter > $4
      ORDER BY counter LIMIT 1`,
    [wanted.organizationId, wanted.releaseId, wanted.applicationId, wanted.aboveCounter],
  );
  return found?.id;
}

async function nextCounter(tx: Transaction, applicationId: string): Promise<number> {
  const [row] = await tx.query<{ counter: number }>(
    `UPDATE application SET last_release_counter = last_release_counter + 1 WHERE id = $1 RETURNING last_release_counter AS counter`,
    [applicationId],
  );
  if (row === undefined) throw new Error(`application ${applicationId} does not exist`);
  return row.counter;
}

type NewRelease = OldRelease & { id: string; organizationId: string; envelope: Envelope; digest: string; from: string };

async function insertRelease(tx: Transaction, release: NewRelease, actor: LedgerActor): Promise<void> {
  await tx.execute(
    `INSERT INTO release (id, organization_id, application_id, snapshot_id, name, counter, digest, envelope, manifest, lock_digest,
                          republished_from, published_by, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      release.id,
      release.organizationId,
      release.applicationId,
      release.snapshotId,
      release.name,
      release.counter,
      release.digest,
      JSON.stringify(release.envelope),
      JSON.stringify(release.manifest),
      release.lockDigest,
      release.from,
      actor.name,
      tx.now,
    ],
  );
}
