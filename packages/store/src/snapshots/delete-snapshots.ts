/**
 * Deletes snapshots. INVARIANTS
 * - Nothing that anybody needs is deleted: what protects is read while the application, the releases and the snapshots are held, so that a promotion,
 *   a publication or a rollback either came before and is seen, or finds nothing any more.
 * - Their commits stay: a history that is rewritten is none (decision on deleted snapshots).
 * - Numbers and counters of what was deleted are never given again.
 */
import type { RetentionPolicy, SnapshotProtection, StayReason } from '@sluice/contracts';
import { systemActor } from '@sluice/ledger';
import { getApplication } from '../applications/applications.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { lockBlobs } from '../blobs/lock-blobs.ts';
import { blobsOfSnapshots, removeUnreferencedBlobs } from '../blobs/unreferenced-blobs.ts';
import { notFound, StoreError } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { getRetention } from '../retention/policies.ts';
import { getSnapshot } from './snapshots.ts';
import { readStayFacts, type StayFacts } from './stay-facts.ts';
import { protectionOf, stayReasonsOf } from './stay-reasons.ts';

/** A snapshot that somebody still needs. */
export class SnapshotProtectedError extends StoreError {
  override readonly name = 'SnapshotProtectedError';
  readonly reasons: StayReason[];

  constructor(number: number, reasons: StayReason[]) {
    super('SNAPSHOT_PROTECTED', `Snapshot v${number} cannot be deleted. ${reasons.map((reason) => reason.detail).join(' ')}`);
    this.reasons = reasons;
  }
}

type ReleaseRow = { id: string; snapshotId: string; name: string; counter: number; digest: string };

function releasesOf(reader: Reader, organizationId: string, snapshotIds: readonly string[]): Promise<ReleaseRow[]> {
  return reader.query<ReleaseRow>(
    `select id, snapshot_id as "snapshotId", name, counter, digest from release
     where organization_id = $1 and snapshot_id = any($2::uuid[]) order by counter`,
    [organizationId, snapshotIds],
  );
}

async function factsOfOne(reader: Reader, organizationId: string, of: { applicationId: string; snapshotId: string }): Promise<StayFacts> {
  const { applicationId, snapshotId } = of;
  const [facts] = await readStayFacts(reader, organizationId, { applicationId, snapshotIds: [snapshotId] });
  if (facts === undefined) throw notFound('snapshot', snapshotId);
  return facts;
}

/**
 * Whether a snapshot can be deleted, why not, and what would go with it.
 * @throws StoreError NOT_FOUND
 */
export async function getSnapshotProtection(
  reader: Reader,
  organizationId: string,
  snapshotId: string,
  now: Date,
): Promise<SnapshotProtection> {
  const { applicationId, number } = await getSnapshot(reader, organizationId, snapshotId);
  const { policy } = await getRetention(reader, organizationId, applicationId);
  const reasons = protectionOf(await factsOfOne(reader, organizationId, { applicationId, snapshotId }), {
    now,
    ledgerDays: policy.ledgerDays,
  });
  const releases = (await releasesOf(reader, organizationId, [snapshotId])).map(({ snapshotId: _, ...release }) => release);
  return { snapshotId, number, isProtected: reasons.length > 0, reasons, releases };
}

/** Holds everything that could begin to need these snapshots, in one order for everybody: who captures or publishes takes blobs first, too. */
async function holdSnapshots(
  tx: Transaction,
  organizationId: string,
  { applicationId, snapshotIds }: { applicationId: string; snapshotIds: readonly string[] },
): Promise<void> {
  await lockBlobs(tx, organizationId);
  await tx.query('select 1 from application where id = $1 for no key update', [applicationId]);
  await tx.query('select 1 from snapshot where id = any($1::uuid[]) order by id for update', [snapshotIds]);
  await tx.query('select 1 from release where snapshot_id = any($1::uuid[]) order by id for update', [snapshotIds]);
}

type Removed = {
  snapshots: { id: string; number: number; digest: string; commit: string | null }[];
  releases: ReleaseRow[];
  blobs: number;
  bytes: number;
};

/** Removes rows whose fate is decided. Rollouts of their releases are over for longer than the ledger's retention: they go, too. */
async function remove(tx: Transaction, organizationId: string, snapshotIds: readonly string[]): Promise<Removed> {
  const releases = await releasesOf(tx, organizationId, snapshotIds);
  const candidates = await blobsOfSnapshots(tx, organizationId, snapshotIds);
  const releaseIds = releases.map((release) => release.id);
  for (const table of ['rollout_forecast', 'rollout_approval', 'rollout_decision', 'deployment', 'wave_measurement', 'wave']) {
    await tx.execute(`delete from ${table} where rollout_id in (select id from rollout where release_id = any($1::uuid[]))`, [releaseIds]);
  }
  await tx.execute('delete from promotion where release_id = any($1::uuid[])', [releaseIds]);
  await tx.execute('delete from rollout where release_id = any($1::uuid[])', [releaseIds]);
  await tx.execute('delete from release where id = any($1::uuid[])', [releaseIds]);
  const snapshots = await tx.query<Removed['snapshots'][number]>(
    'delete from snapshot where id = any($1::uuid[]) returning id, number, digest, commit_oid as commit',
    [snapshotIds],
  );
  await tx.changed(organizationId, 'release', releaseIds);
  await tx.changed(organizationId, 'snapshot', snapshotIds);
  return { snapshots, releases, ...(await removeUnreferencedBlobs(tx, organizationId, candidates)) };
}

function factsOf(applicationId: string, { snapshots, releases, blobs, bytes }: Removed) {
  return {
    application: applicationId,
    snapshots: snapshots
      .toSorted((left, right) => left.number - right.number)
      .map(({ number, digest, commit }) => ({ number, digest, ...(commit === null ? {} : { commit }) })),
    releases: releases.map(({ name, counter, digest }) => ({ name, counter, digest })),
    blobs,
    bytes,
  };
}

/**
 * Deletes a snapshot with its releases, and the blobs that nothing else needs.
 * @throws StoreError NOT_FOUND; SnapshotProtectedError
 */
export async function deleteSnapshot(tx: Transaction, organizationId: string, snapshotId: string, context: ChangeContext): Promise<void> {
  const { applicationId, number } = await getSnapshot(tx, organizationId, snapshotId);
  const refuseProtected = async (): Promise<void> => {
    const { policy } = await getRetention(tx, organizationId, applicationId);
    const facts = await factsOfOne(tx, organizationId, { applicationId, snapshotId });
    const reasons = protectionOf(facts, { now: tx.now, ledgerDays: policy.ledgerDays });
    if (reasons.length > 0) throw new SnapshotProtectedError(number, reasons);
  };
  // First without holding anything: most refusals hinder nobody.
  await refuseProtected();
  await holdSnapshots(tx, organizationId, { applicationId, snapshotIds: [snapshotId] });
  await refuseProtected();
  const removed = await remove(tx, organizationId, [snapshotId]);
  const target = { kind: 'snapshot', id: snapshotId, name: `v${number}` } as const;
  await tx.record(entryOf(organizationId, context, { action: 'snapshot.deleted', target, before: factsOf(applicationId, removed) }));
}

/** What the retention policy says of each snapshot of an application, newest first. @throws StoreError NOT_FOUND */
export async function previewRetention(
  reader: Reader,
  organizationId: string,
  applicationId: string,
  now: Date,
): Promise<{ policy: RetentionPolicy; verdicts: { facts: StayFacts; reasons: StayReason[] }[] }> {
  const { policy } = await getRetention(reader, organizationId, applicationId);
  const all = await readStayFacts(reader, organizationId, { applicationId });
  return { policy, verdicts: all.map((facts) => ({ facts, reasons: stayReasonsOf(facts, policy, now) })) };
}

/**
 * Deletes some of the snapshots of an application that its retention policy lets go, oldest first.
 * @returns how many went
 */
export async function pruneSnapshots(
  tx: Transaction,
  organizationId: string,
  batch: { applicationId: string; snapshotsMax: number },
): Promise<number> {
  const { applicationId, snapshotsMax } = batch;
  const { policy, verdicts } = await previewRetention(tx, organizationId, applicationId, tx.now);
  const chosen = verdicts
    .filter(({ reasons }) => reasons.length === 0)
    .slice(-snapshotsMax)
    .map(({ facts }) => facts.id);
  if (!policy.isEnabled || chosen.length === 0) return 0;
  await holdSnapshots(tx, organizationId, { applicationId, snapshotIds: chosen });
  // Looked at again: until now a promotion could begin to need one.
  const held = await previewRetention(tx, organizationId, applicationId, tx.now);
  const wanted = new Set(chosen);
  const going = held.verdicts.filter(({ facts, reasons }) => wanted.has(facts.id) && reasons.length === 0).map(({ facts }) => facts.id);
  if (!held.policy.isEnabled || going.length === 0) return 0;
  const removed = await remove(tx, organizationId, going);
  const { name } = await getApplication(tx, organizationId, applicationId);
  const target = { kind: 'application', id: applicationId, name } as const;
  const before = { ...factsOf(applicationId, removed), policy: { ...policy } };
  await tx.record(entryOf(organizationId, { actor: systemActor }, { action: 'snapshot.pruned', target, before }));
  return going.length;
}

/** The applications that a retention policy is switched on for, of all organizations. */
export function listApplicationsToPrune(reader: Reader): Promise<{ organizationId: string; applicationId: string }[]> {
  return reader.query(
    `select a.organization_id as "organizationId", a.id as "applicationId"
     from application a
     left join retention_policy own on own.organization_id = a.organization_id and own.scope_id = a.id
     left join retention_policy general on general.organization_id = a.organization_id and general.scope_id = a.organization_id
     where (coalesce(own.policy, general.policy) ->> 'isEnabled')::boolean order by a.id`,
  );
}
