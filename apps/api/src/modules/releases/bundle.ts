import { type BundleFacts, bundleFormat, type NeededCredentials } from '@sluice/bundle';
import { describeCredentials } from '@sluice/capture';
import { tarEnd, tarHeader, tarPadding } from '@sluice/platform/tar';
import { parseFlows } from '@sluice/snapshot';
import {
  findRootDocument,
  getApplication,
  getBlob,
  getRelease,
  getReleaseParts,
  getSnapshot,
  getSnapshotSource,
  type Keyring,
  type ReleaseParts,
  type Store,
} from '@sluice/store';
import { moduleListFile, readModuleList } from '@sluice/trust';
import type { PurposeKeys } from '../../dependencies.ts';
import { notFound } from '../../problems/api-error.ts';
import { type BlobAddress, createBlobs } from '../device-content/blob-reader.ts';

/** A release as one file. Its length is known before the first byte, and the same release gives the same bytes. */
export type ReleaseBundle = { digest: string; length: number; read(): AsyncGenerator<Uint8Array> };

type BundleFile = { path: string; length: number } & ({ bytes: Uint8Array } | { blob: BlobAddress });

export type BundleDependencies = { store: Store; keyring: Keyring; keys: PurposeKeys };

/** Every blob that a device may ask for, each once: the files first, so that a reader knows the modules when their tarballs come. */
async function blobsOf(store: Store, organizationId: string, { manifest }: ReleaseParts): Promise<Map<string, number>> {
  const listed = await getBlob(store, organizationId, moduleListFile(manifest).sha256);
  const { modules } = readModuleList(listed, manifest.lockDigest);
  const tarballs = modules.toSorted((left, right) => (left.sha256 < right.sha256 ? -1 : 1));
  return new Map([...manifest.files, ...tarballs].map(({ sha256, length }) => [sha256, length]));
}

/** Which nodes need credentials that the bundle does not hold. */
async function credentialsOf(deps: BundleDependencies, organizationId: string, snapshotId: string): Promise<BundleFacts['credentials']> {
  const source = await getSnapshotSource(deps.store, organizationId, snapshotId);
  const keys = { keyring: deps.keyring, saltKey: deps.keys['configuration-salt'] };
  const facts = await describeCredentials(deps.store, source, keys);
  if (facts === null) return null;
  const nodes = new Map(parseFlows(source.flows.toString('utf8')).flows.map((node) => [node.id, node]));
  const text = (value: unknown): string => (typeof value === 'string' ? value.replaceAll('\0', '').slice(0, 200) : '');
  const needed = [...facts.fields].map(([nodeId, fields]): NeededCredentials => {
    const node = nodes.get(nodeId);
    return { nodeId: text(nodeId), type: text(node?.type), name: text(node?.['name']), fields: fields.map(text) };
  });
  return { digest: facts.digest, nodes: needed.sort((left, right) => (left.nodeId < right.nodeId ? -1 : 1)) };
}

async function factsOf(
  deps: BundleDependencies,
  organizationId: string,
  release: { id: string; parts: ReleaseParts; blobs: number },
): Promise<BundleFacts> {
  const { manifest, digest } = release.parts;
  const { snapshotId, applicationId } = await getRelease(deps.store, organizationId, release.id);
  const { number, message, createdBy, createdAt, hasLock } = await getSnapshot(deps.store, organizationId, snapshotId);
  return {
    format: bundleFormat,
    organizationId,
    applicationId: manifest.applicationId,
    applicationName: (await getApplication(deps.store, organizationId, applicationId)).name,
    release: { name: manifest.releaseName, counter: manifest.releaseCounter, digest },
    snapshot: { number, message, createdBy, createdAt, hasLock },
    credentials: await credentialsOf(deps, organizationId, snapshotId),
    blobs: release.blobs,
  };
}

async function filesOf(
  deps: BundleDependencies,
  organizationId: string,
  releaseId: string,
): Promise<{ digest: string; files: BundleFile[] }> {
  const { store } = deps;
  const parts = await getReleaseParts(store, organizationId, releaseId);
  const root = await findRootDocument(store, organizationId);
  if (root === undefined) throw notFound('organization');
  const blobs = await blobsOf(store, organizationId, parts);
  const { digest, envelope, sbomSha256 } = parts;
  const facts = await factsOf(deps, organizationId, { id: releaseId, parts, blobs: blobs.size });
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
 * A release with all that a device needs to install it, as a tar archive: what stands in it and in which order tells `@sluice/bundle`.
 * @throws StoreError NOT_FOUND
 */
export async function openBundle(deps: BundleDependencies, organizationId: string, releaseId: string): Promise<ReleaseBundle> {
  const { digest, files } = await filesOf(deps, organizationId, releaseId);
  const blobs = createBlobs(deps.store);
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
