import type { Envelope, Page, PageQuery, Release, ReleaseManifest, ReleaseOrigin } from '@sluice/contracts';

import { getApplication } from '../applications/applications.ts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';
import { notFound } from '../errors.ts';

type Row = Omit<Release, 'createdAt' | 'importedFrom'> & { createdAt: Date; importedFrom: ReleaseOrigin | null };

const RELEASES = `
  select r.id, r.application_id as "applicationId", r.snapshot_id as "snapshotId", s.number as "snapshotNumber", r.name, r.counter, r.digest,
         r.lock_digest as "lockDigest", r.manifest -> 'healthPolicy' as "healthPolicy", r.republished_from as "republishedFrom",
         r.published_by as "publishedBy", r.created_at as "createdAt",
         r.imported_from - 'evidence' as "importedFrom"
  from release r join snapshot s on s.id = r.snapshot_id`;

function toRelease({ importedFrom, ...row }: Row): Release {
  return { ...row, createdAt: iso(row.createdAt), ...(importedFrom === null ? {} : { importedFrom }) };
}

/** @throws StoreError NOT_FOUND */
export async function getRelease(reader: Reader, organizationId: string, releaseId: string): Promise<Release> {
  const [row] = await reader.query<Row>(`${RELEASES} where r.organization_id = $1 and r.id = $2`, [organizationId, releaseId]);
  if (row === undefined) throw notFound('release', releaseId);
  return toRelease(row);
}

/**
 * The releases of an application, newest first.
 * @throws StoreError NOT_FOUND when the application is not the organization's
 */
export async function listReleases(
  reader: Reader,
  organizationId: string,
  query: PageQuery & { applicationId: string },
): Promise<Page<Release>> {
  await getApplication(reader, organizationId, query.applicationId);
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `${RELEASES} where r.organization_id = $1 and r.application_id = $4 and ($2::uuid is null or r.id < $2) order by r.id desc limit $3`,
      [organizationId, before, limit, query.applicationId],
    ),
  );
  return { ...page, items: page.items.map(toRelease) };
}

/**
 * The manifest of a release, as it was signed.
 * @throws StoreError NOT_FOUND
 */
export async function getReleaseManifest(reader: Reader, organizationId: string, releaseId: string): Promise<ReleaseManifest> {
  const [row] = await reader.query<{ manifest: ReleaseManifest }>('select manifest from release where organization_id = $1 and id = $2', [
    organizationId,
    releaseId,
  ]);
  if (row === undefined) throw notFound('release', releaseId);
  return row.manifest;
}

/**
 * What a release is made of, besides its blobs. `sbomSha256`, `policyReportSha256`: null for a release that was published without a bill of
 * materials, without being checked.
 */
export type ReleaseParts = {
  digest: string;
  manifest: ReleaseManifest;
  envelope: Envelope;
  sbomSha256: string | null;
  policyReportSha256: string | null;
};

/** @throws StoreError NOT_FOUND */
export async function getReleaseParts(reader: Reader, organizationId: string, releaseId: string): Promise<ReleaseParts> {
  const [row] = await reader.query<ReleaseParts>(
    `select digest, manifest, envelope, sbom_sha256 as "sbomSha256", policy_report_sha256 as "policyReportSha256"
     from release where organization_id = $1 and id = $2`,
    [organizationId, releaseId],
  );
  if (row === undefined) throw notFound('release', releaseId);
  return row;
}

/** The release that publishing a snapshot with this health policy gave; undefined when it was not published so. */
export async function findPublishedRelease(
  reader: Reader,
  organizationId: string,
  published: { snapshotId: string; healthPolicy: Release['healthPolicy'] },
): Promise<Release | undefined> {
  const [row] = await reader.query<Row>(
    `${RELEASES} where r.organization_id = $1 and r.snapshot_id = $2 and r.republished_from is null
       and r.manifest -> 'healthPolicy' = $3::jsonb
     order by r.id limit 1`,
    [organizationId, published.snapshotId, JSON.stringify(published.healthPolicy)],
  );
  return row === undefined ? undefined : toRelease(row);
}

/** The release that an earlier import of the same bundle gave; undefined when there was none. */
export async function findImportedRelease(
  reader: Reader,
  organizationId: string,
  imported: { applicationId: string; releaseDigest: string },
): Promise<Release | undefined> {
  const [row] = await reader.query<Row>(
    `${RELEASES} where r.organization_id = $1 and r.application_id = $2 and r.republished_from is null
       and r.imported_from ->> 'releaseDigest' = $3
     order by r.id limit 1`,
    [organizationId, imported.applicationId, imported.releaseDigest],
  );
  return row === undefined ? undefined : toRelease(row);
}

/** The list of modules of a lock that came with a bundle; undefined when none did. Every tarball that it names is kept. */
export async function findImportedModuleList(reader: Reader, organizationId: string, lockDigest: string): Promise<Buffer | undefined> {
  const [row] = await reader.query<{ content: Buffer }>(
    `select b.content
     from release r
     cross join jsonb_array_elements(coalesce(r.manifest -> 'files', '[]')) f
     join blob b on b.organization_id = r.organization_id and b.sha256 = f ->> 'sha256'
     where r.organization_id = $1 and r.lock_digest = $2 and r.imported_from is not null and f ->> 'path' = 'modules.json'
     order by r.id desc limit 1`,
    [organizationId, lockDigest],
  );
  return row?.content;
}
