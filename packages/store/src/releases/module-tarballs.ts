import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { putBlobs } from '../blobs/blobs.ts';

/** What the package.json of a module says about where it runs, and which types of nodes it brings. */
export type TarballMetadata = { nodeRange?: string; nodeRedRange?: string; nodeTypes?: string[] };

/** A module's tarball that was fetched and checked before. `unpackedLength`: bytes of the archive inside. `metadata` null: it was kept before that was looked for. */
export type ModuleTarball = {
  integrity: string;
  sha256: string;
  length: number;
  unpackedLength: number;
  license: string | null;
  metadata: TarballMetadata | null;
};

/** Bytes whose integrity the caller has checked, with what was found inside. */
export type NewModuleTarball = Pick<ModuleTarball, 'integrity' | 'unpackedLength' | 'license' | 'metadata'> & { bytes: Uint8Array };

/** The tarballs that the organization has already, by integrity. */
export async function findModuleTarballs(
  reader: Reader,
  organizationId: string,
  integrities: readonly string[],
): Promise<Map<string, ModuleTarball>> {
  const rows = await reader.query<ModuleTarball>(
    `select integrity, sha256, length, unpacked_length as "unpackedLength", license, metadata
     from module_tarball where organization_id = $1 and integrity = any($2::text[])`,
    [organizationId, integrities],
  );
  return new Map(rows.map((row) => [row.integrity, row]));
}

/** Keeps tarballs as blobs. Call it with a few megabytes at a time: they travel in one statement. */
export async function keepModuleTarballs(
  tx: Transaction,
  organizationId: string,
  tarballs: readonly NewModuleTarball[],
): Promise<ModuleTarball[]> {
  const blobs = await putBlobs(
    tx,
    organizationId,
    tarballs.map((tarball) => tarball.bytes),
  );
  const kept = tarballs.flatMap(({ integrity, unpackedLength, license, metadata }, index): ModuleTarball[] => {
    const blob = blobs[index];
    return blob === undefined ? [] : [{ integrity, unpackedLength, license, metadata, ...blob }];
  });
  const ordered = kept.toSorted((left, right) => (left.integrity < right.integrity ? -1 : 1));
  await tx.execute(
    `insert into module_tarball (organization_id, integrity, sha256, length, unpacked_length, license, metadata, created_at)
     select $1, integrity, sha256, length, unpacked_length, license, metadata, $2
     from unnest($3::text[], $4::text[], $5::int[], $6::int[], $7::text[], $8::jsonb[])
            as new (integrity, sha256, length, unpacked_length, license, metadata)
     on conflict do nothing`,
    [
      organizationId,
      tx.now,
      ordered.map((tarball) => tarball.integrity),
      ordered.map((tarball) => tarball.sha256),
      ordered.map((tarball) => tarball.length),
      ordered.map((tarball) => tarball.unpackedLength),
      ordered.map((tarball) => tarball.license),
      ordered.map((tarball) => (tarball.metadata === null ? null : JSON.stringify(tarball.metadata))),
    ],
  );
  return kept;
}
