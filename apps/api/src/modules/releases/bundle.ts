import { tarEnd, tarHeader, tarPadding } from '@sluice/platform/tar';
import { findRootDocument, getBlob, getReleaseParts, type ReleaseParts, type Store } from '@sluice/store';
import { moduleListFile, readModuleList } from '@sluice/trust';
import { notFound } from '../../problems/api-error.ts';
import { type BlobAddress, createBlobs } from '../device-content/blob-reader.ts';

/** A release as one file. Its length is known before the first byte, and the same release gives the same bytes. */
export type ReleaseBundle = { digest: string; length: number; read(): AsyncGenerator<Uint8Array> };

type BundleFile = { path: string; length: number } & ({ bytes: Uint8Array } | { blob: BlobAddress });

const bundleFormat = 1;

/** Every blob that a device may ask for, each once, by digest. */
async function blobsOf(store: Store, organizationId: string, { manifest }: ReleaseParts): Promise<Map<string, number>> {
  const blobs = new Map(manifest.files.map(({ sha256, length }) => [sha256, length]));
  const listed = await getBlob(store, organizationId, moduleListFile(manifest).sha256);
  const { modules } = readModuleList(listed, manifest.lockDigest);
  for (const { sha256, length } of modules) blobs.set(sha256, length);
  return new Map([...blobs].sort(([left], [right]) => (left < right ? -1 : 1)));
}

async function filesOf(store: Store, organizationId: string, releaseId: string): Promise<{ digest: string; files: BundleFile[] }> {
  const parts = await getReleaseParts(store, organizationId, releaseId);
  const root = await findRootDocument(store, organizationId);
  if (root === undefined) throw notFound('organization');
  const blobs = await blobsOf(store, organizationId, parts);
  const { digest, manifest, envelope, sbomSha256 } = parts;
  const facts = {
    format: bundleFormat,
    organizationId,
    applicationId: manifest.applicationId,
    release: { name: manifest.releaseName, counter: manifest.releaseCounter, digest },
    blobs: blobs.size,
  };
  const text = (path: string, content: string): BundleFile => {
    const bytes = Buffer.from(content);
    return { path, length: bytes.length, bytes };
  };
  const sbom = sbomSha256 === null ? [] : [text('sbom.json', (await getBlob(store, organizationId, sbomSha256)).toString('utf8'))];
  return {
    digest,
    files: [
      text('bundle.json', `${JSON.stringify(facts, null, 2)}\n`),
      text('root.json', root),
      text('release.json', JSON.stringify(envelope)),
      ...sbom,
      ...[...blobs].map(([sha256, length]) => ({ path: `blobs/${sha256}`, length, blob: { organizationId, sha256 } })),
    ],
  };
}

/**
 * A release with all that a device needs to install it, as a tar archive: `bundle.json` (what it is), `root.json` (the root of trust), `release.json`
 * (the signed manifest), `sbom.json`, and `blobs/<sha256>` for each file and tarball.
 * @throws StoreError NOT_FOUND
 */
export async function openBundle(store: Store, organizationId: string, releaseId: string): Promise<ReleaseBundle> {
  const { digest, files } = await filesOf(store, organizationId, releaseId);
  const blobs = createBlobs(store);
  const sizes = files.map((file) => tarHeader(file).length + file.length + tarPadding(file.length).length);
  return {
    digest,
    length: sizes.reduce((sum, size) => sum + size, tarEnd.length),
    read: async function* () {
      for (const file of files) {
        yield tarHeader(file);
        if ('bytes' in file) yield file.bytes;
        else if (file.length > 0) yield* blobs.read(file.blob, { start: 0, end: file.length - 1 });
        yield tarPadding(file.length);
      }
      yield tarEnd;
    },
  };
}
