import type { Transaction } from '../base/transaction.ts';

// What needs blobs: snapshots, releases (their files, bill of materials, policy report, and the tarballs that their list of modules names) and
// advisories. Lists are read once each: releases of one lock share theirs.
const neededQuery = `
  WITH candidate AS (SELECT unnest($2::text[]) AS sha256),
  file AS (
    SELECT DISTINCT f ->> 'path' AS path, f ->> 'sha256' AS sha256
      FROM release r CROSS JOIN jsonb_array_elements(coalesce(r.manifest -> 'files', '[]')) f WHERE r.organization_id = $1),
  tarball AS (
    SELECT DISTINCT m ->> 'sha256' AS sha256
      FROM file JOIN blob b ON b.organization_id = $1 AND b.sha256 = file.sha256
     CROSS JOIN json_array_elements(convert_from(b.content, 'UTF8')::json -> 'modules') m
     WHERE file.path = 'modules.json'),
  needed AS (
    SELECT flows_sha256 AS sha256 FROM snapshot WHERE organization_id = $1
    UNION SELECT lock_sha256 FROM snapshot WHERE organization_id = $1 AND lock_sha256 IS NOT NULL
    UNION SELECT sha256 FROM file
    UNION SELECT sha256 FROM tarball
    UNION SELECT sbom_sha256 FROM release WHERE organization_id = $1 AND sbom_sha256 IS NOT NULL
    UNION SELECT policy_report_sha256 FROM release WHERE organization_id = $1 AND policy_report_sha256 IS NOT NULL
    UNION SELECT sha256 FROM advisory_file WHERE organization_id = $1)
  SELECT c.sha256 FROM candidate c WHERE NOT EXISTS (SELECT FROM needed n WHERE n.sha256 = c.sha256)`;

/**
 * Removes those of the candidates that nothing refers to any more. The caller holds the blobs alone (`lockBlobs`).
 * @returns how many, and their bytes
 */
export async function removeUnreferencedBlobs(
  tx: Transaction,
  organizationId: string,
  candidates: readonly string[],
): Promise<{ blobs: number; bytes: number }> {
  if (candidates.length === 0) return { blobs: 0, bytes: 0 };
  const rows = await tx.query<{ sha256: string }>(neededQuery, [organizationId, [...new Set(candidates)]]);
  const free = rows.map((row) => row.sha256);
  await tx.execute('delete from module_tarball where organization_id = $1 and sha256 = any($2::text[])', [organizationId, free]);
  const removed = await tx.query<{ length: number }>(
    'delete from blob where organization_id = $1 and sha256 = any($2::text[]) returning length',
    [organizationId, free],
  );
  return { blobs: removed.length, bytes: removed.reduce((sum, blob) => sum + blob.length, 0) };
}

// The same lists, but only of the releases that go.
const ownQuery = `
  WITH file AS (
    SELECT DISTINCT f ->> 'path' AS path, f ->> 'sha256' AS sha256
      FROM release r CROSS JOIN jsonb_array_elements(coalesce(r.manifest -> 'files', '[]')) f
     WHERE r.organization_id = $1 AND r.snapshot_id = ANY($2::uuid[])),
  own AS (
    SELECT sha256 FROM file
    UNION SELECT m ->> 'sha256'
            FROM file JOIN blob b ON b.organization_id = $1 AND b.sha256 = file.sha256
           CROSS JOIN json_array_elements(convert_from(b.content, 'UTF8')::json -> 'modules') m
           WHERE file.path = 'modules.json'
    UNION SELECT sbom_sha256 FROM release WHERE organization_id = $1 AND snapshot_id = ANY($2::uuid[])
    UNION SELECT policy_report_sha256 FROM release WHERE organization_id = $1 AND snapshot_id = ANY($2::uuid[])
    UNION SELECT flows_sha256 FROM snapshot WHERE organization_id = $1 AND id = ANY($2::uuid[])
    UNION SELECT lock_sha256 FROM snapshot WHERE organization_id = $1 AND id = ANY($2::uuid[]))
  SELECT sha256 FROM own WHERE sha256 IS NOT NULL`;

/** Every blob that snapshots and their releases use, shared with others or not. */
export async function blobsOfSnapshots(tx: Transaction, organizationId: string, snapshotIds: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ sha256: string }>(ownQuery, [organizationId, snapshotIds]);
  return rows.map((row) => row.sha256);
}

// Of one release: its files, and the tarballs that its list of modules names.
const missingQuery = `
  WITH file AS (
    SELECT f ->> 'path' AS path, f ->> 'sha256' AS sha256
      FROM release r CROSS JOIN jsonb_array_elements(coalesce(r.manifest -> 'files', '[]')) f WHERE r.id = $2),
  used AS (
    SELECT sha256 FROM file
    UNION SELECT m ->> 'sha256'
            FROM file JOIN blob b ON b.organization_id = $1 AND b.sha256 = file.sha256
           CROSS JOIN json_array_elements(convert_from(b.content, 'UTF8')::json -> 'modules') m
           WHERE file.path = 'modules.json')
  SELECT u.sha256 FROM used u WHERE NOT EXISTS (SELECT FROM blob b WHERE b.organization_id = $1 AND b.sha256 = u.sha256) LIMIT 1`;

/** Whether a blob is missing that devices need to install a release: a tarball that was there when it was looked for may be removed since. */
export async function lacksBlobs(tx: Transaction, organizationId: string, releaseId: string): Promise<boolean> {
  return (await tx.query(missingQuery, [organizationId, releaseId])).length > 0;
}
