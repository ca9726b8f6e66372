import type { Envelope, HealthPolicy, Release, ReleaseManifest, ReleaseOrigin } from '@sluice/contracts';

import { takeNumber } from '../applications/applications.ts';
import type { Transaction } from '../base/transaction.ts';
import { lacksBlobs } from '../blobs/unreferenced-blobs.ts';
import { notFound, StoreError } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { findPublishedRelease, getRelease, getReleaseParts } from './releases.ts';

/** What is known of a release before its manifest is made: the counter is its own for ever. */
export type ReleaseFacts = { id: string; counter: number; name: string; createdAt: string; snapshotDigest: string };

/** A signed manifest. `digest`: SHA-256 of the payload's bytes. Blobs of its files must have been kept in the same transaction. */
export type SignedRelease = { manifest: ReleaseManifest; envelope: Envelope; digest: string };

/** What was verified when a bundle came in, so that it can be verified again. `root`: the exact text of its root.json. */
export type ImportEvidence = ReleaseOrigin & { evidence: { root: string; envelope: Envelope } };

/** Something that the policies found. */
export type ReportedFinding = { rule: string; subject: string; severity: 'block' | 'warn' };

export type PublishInput = {
  snapshotId: string;
  /** Default: `v` and the snapshot's number. */
  name?: string;
  healthPolicy: HealthPolicy;
  /** The blob that holds its bill of materials, kept before. */
  sbomSha256?: string;
  /** The blob that holds what the policies found, kept before. */
  policyReportSha256?: string;
  /** The same without words, for stages that judge it again. */
  findings?: readonly ReportedFinding[];
  /** Of a release of another control plane: where it came from, and what proves it. */
  importedFrom?: ImportEvidence;
  /** Makes and signs the manifest; pure computing, because the application's row is locked meanwhile. */
  sign: (facts: ReleaseFacts) => SignedRelease;
};

type SnapshotRow = { applicationId: string; number: number; digest: string };

async function lockApplicationOf(tx: Transaction, organizationId: string, snapshotId: string): Promise<SnapshotRow> {
  // The row lock makes publishing one after the other: what was published meanwhile is seen by the search that follows.
  const [snapshot] = await tx.query<SnapshotRow>(
    `select a.id as "applicationId", s.number, s.digest
     from snapshot s join application a on a.id = s.application_id
     where s.organization_id = $1 and s.id = $2 for no key update of a for key share of s`,
    [organizationId, snapshotId],
  );
  if (snapshot === undefined) throw notFound('snapshot', snapshotId);
  return snapshot;
}

async function nextFacts(tx: Transaction, organizationId: string, of: SnapshotRow & { name: string }): Promise<ReleaseFacts> {
  const counter = await takeNumber(tx, organizationId, of.applicationId, 'release');
  return { id: tx.uuid(), counter, name: of.name, createdAt: tx.now.toISOString(), snapshotDigest: of.digest };
}

/**
 * Publishes a snapshot under the next counter of its application. The same snapshot with the same health policy gives the same release again.
 * @throws StoreError NOT_FOUND; CONFLICT when a blob that it needs is gone; whatever `sign` throws
 */
export async function publishRelease(
  tx: Transaction,
  organizationId: string,
  input: PublishInput,
  context: ChangeContext,
): Promise<{ release: Release; created: boolean }> {
  const snapshot = await lockApplicationOf(tx, organizationId, input.snapshotId);
  const earlier = await findPublishedRelease(tx, organizationId, input);
  if (earlier !== undefined) return { release: earlier, created: false };
  const facts = await nextFacts(tx, organizationId, { ...snapshot, name: input.name ?? `v${snapshot.number}` });
  const signed = input.sign(facts);
  const { applicationId } = snapshot;
  await insertRelease(
    tx,
    organizationId,
    {
      facts,
      signed,
      applicationId,
      snapshotId: input.snapshotId,
      republishedFrom: null,
      sbomSha256: input.sbomSha256 ?? null,
      policyReportSha256: input.policyReportSha256 ?? null,
      importedFrom: input.importedFrom ?? null,
    },
    context,
  );
  await insertFindings(tx, facts.id, input.findings ?? []);
  if (await lacksBlobs(tx, organizationId, facts.id)) {
    throw new StoreError('CONFLICT', 'A tarball of the release was removed meanwhile, with the last release that used it: publish again.');
  }
  return { release: await getRelease(tx, organizationId, facts.id), created: true };
}

/** Subjects may come from flows, whose texts a column cannot hold as they are. */
const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd').toWellFormed();

async function insertFindings(tx: Transaction, releaseId: string, findings: readonly ReportedFinding[]): Promise<void> {
  await tx.execute(
    `insert into release_finding (release_id, rule, subject, severity)
     select $1, f.rule, f.subject, min(f.severity) from unnest($2::text[], $3::text[], $4::text[]) as f (rule, subject, severity) group by 2, 3`,
    [
      releaseId,
      findings.map(({ rule }) => rule),
      findings.map(({ subject }) => storable(subject)),
      findings.map(({ severity }) => severity),
    ],
  );
}

type ReleaseToInsert = {
  facts: ReleaseFacts;
  signed: SignedRelease;
  applicationId: string;
  snapshotId: string;
  republishedFrom: string | null;
  sbomSha256: string | null;
  policyReportSha256: string | null;
  importedFrom: ImportEvidence | null;
};

/** The root and the envelope stand with the release: the ledger names them by their digests. */
function originOf({ evidence: _, ...origin }: ImportEvidence): ReleaseOrigin {
  return origin;
}

/** Writes a release whose counter was taken in this transaction. */
async function insertRelease(tx: Transaction, organizationId: string, row: ReleaseToInsert, context: ChangeContext): Promise<void> {
  const { facts, signed, applicationId, snapshotId, republishedFrom, sbomSha256, policyReportSha256, importedFrom } = row;
  await tx.execute(
    `insert into release (id, organization_id, application_id, snapshot_id, name, counter, digest, envelope, manifest, lock_digest,
                          republished_from, published_by, created_at, sbom_sha256, policy_report_sha256, imported_from)
     select $1, organization_id, application_id, id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
     from snapshot where organization_id = $2 and id = $3`,
    [
      facts.id,
      organizationId,
      snapshotId,
      facts.name,
      facts.counter,
      signed.digest,
      JSON.stringify(signed.envelope),
      JSON.stringify(signed.manifest),
      signed.manifest.lockDigest,
      republishedFrom,
      context.actor.name,
      tx.now,
      sbomSha256,
      policyReportSha256,
      importedFrom === null ? null : JSON.stringify(importedFrom),
    ],
  );
  const after = {
    application: applicationId,
    snapshot: snapshotId,
    snapshotDigest: facts.snapshotDigest,
    counter: facts.counter,
    digest: signed.digest,
    ...(policyReportSha256 === null ? {} : { policyReport: policyReportSha256 }),
    ...(republishedFrom === null ? {} : { republishedFrom }),
    ...(importedFrom === null ? {} : { importedFrom: originOf(importedFrom) }),
  };
  const target = { kind: 'release', id: facts.id, name: facts.name } as const;
  const published = importedFrom === null ? 'release.published' : 'release.imported';
  const action = republishedFrom === null ? published : 'release.republished';
  await tx.record(entryOf(organizationId, context, { action, target, after }));
  await tx.changed(organizationId, 'release', [facts.id]);
}

/**
 * Publishes the files of an older release again under the next counter, so that devices may go back to them.
 * @throws StoreError NOT_FOUND; whatever `sign` throws
 */
export async function republishRelease(
  tx: Transaction,
  organizationId: string,
  input: { releaseId: string; sign: (facts: ReleaseFacts, origin: ReleaseManifest) => SignedRelease },
  context: ChangeContext,
): Promise<Release> {
  const { releaseId } = input;
  const origin = await getRelease(tx, organizationId, releaseId);
  const { manifest, sbomSha256, policyReportSha256 } = await getReleaseParts(tx, organizationId, releaseId);
  const snapshot = await lockApplicationOf(tx, organizationId, origin.snapshotId);
  const facts = await nextFacts(tx, organizationId, { ...snapshot, name: origin.name });
  const signed = input.sign(facts, manifest);
  const { applicationId, snapshotId } = origin;
  const copied = { applicationId, snapshotId, republishedFrom: releaseId, sbomSha256, policyReportSha256, importedFrom: null };
  await insertRelease(tx, organizationId, { facts, signed, ...copied }, context);
  await tx.execute(
    'insert into release_finding (release_id, rule, subject, severity) select $2, rule, subject, severity from release_finding where release_id = $1',
    [releaseId, facts.id],
  );
  return getRelease(tx, organizationId, facts.id);
}
