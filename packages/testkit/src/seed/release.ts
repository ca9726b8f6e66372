import {
  type Application,
  defaultHealthPolicy,
  type HealthPolicy,
  type Release,
  type ReleaseFile,
  type ReleaseManifest,
  type Snapshot,
  type VariableDeclaration,
} from '@sluice/contracts';
import { createApplication, createSnapshot, publishRelease, putBlobs, type ReleaseFacts, type Store } from '@sluice/store';
import { sha256Hex, signRelease } from '@sluice/trust';

import { SEED_CONTEXT, type SeededOrganization } from './organization.ts';

const RUNTIME_VERSION = '5.0.1';

export async function seedApplication(store: Store, organization: SeededOrganization, name = 'Bottling line'): Promise<Application> {
  return store.transaction((tx) => createApplication(tx, organization.id, { name }, SEED_CONTEXT));
}

export type SeedReleaseOptions = {
  applicationId: string;
  /** Default: one tab, different for each call. */
  flows?: readonly Readonly<Record<string, unknown>>[];
  variables?: VariableDeclaration[];
  healthPolicy?: HealthPolicy;
};

export type SeededRelease = { snapshot: Snapshot; release: Release; manifest: ReleaseManifest; files: Record<string, Buffer> };

function filesOf(flows: readonly unknown[]): Record<string, Buffer> {
  const packageJson = { name: 'seeded', version: '1.0.0', dependencies: { 'node-red': RUNTIME_VERSION } };
  const lock = { name: 'seeded', version: '1.0.0', lockfileVersion: 3, requires: true, packages: { '': packageJson } };
  return {
    'flows.json': Buffer.from(JSON.stringify(flows)),
    'package.json': Buffer.from(JSON.stringify(packageJson, null, 2)),
    'package-lock.json': Buffer.from(`${JSON.stringify(lock, null, 2)}\n`),
    'settings.json': Buffer.from('{}'),
  };
}

function manifestOf(
  organization: SeededOrganization,
  options: SeedReleaseOptions,
  made: { files: Record<string, Buffer>; facts: ReleaseFacts },
): ReleaseManifest {
  const digest = (path: string): string => sha256Hex(made.files[path] ?? Buffer.alloc(0));
  const files = Object.entries(made.files).map(([path, bytes]): ReleaseFile => ({ path, sha256: sha256Hex(bytes), length: bytes.length }));
  return {
    organizationId: organization.id,
    applicationId: options.applicationId,
    releaseCounter: made.facts.counter,
    releaseName: made.facts.name,
    snapshotDigest: made.facts.snapshotDigest,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    lockDigest: digest('package-lock.json'),
    runtime: { kind: 'node-red', version: RUNTIME_VERSION, node: '>=22.9' },
    flowsRevision: digest('flows.json'),
    variables: options.variables ?? [],
    healthPolicy: options.healthPolicy ?? defaultHealthPolicy,
    minimumAgentVersion: '0.1.0',
    createdAt: made.facts.createdAt,
  };
}

/** Captures flows and publishes them as a really signed release, with all its files as blobs. */
export async function seedRelease(store: Store, organization: SeededOrganization, options: SeedReleaseOptions): Promise<SeededRelease> {
  return store.transaction(async (tx) => {
    const id = tx.uuid();
    const files = filesOf(options.flows ?? [{ id: id.slice(-16), type: 'tab', label: 'Seeded' }]);
    const flows = files['flows.json'] ?? Buffer.alloc(0);
    const captured = {
      id,
      applicationId: options.applicationId,
      digest: sha256Hex(flows),
      message: '',
      flows,
      flowsRevision: sha256Hex(flows),
      packageJson: { dependencies: { 'node-red': RUNTIME_VERSION } },
      lock: files['package-lock.json'] ?? null,
      settings: {},
      variables: options.variables ?? [],
      sealedCredentials: null,
      runtimeVersion: RUNTIME_VERSION,
      nodeCount: 0,
      flowCount: 1,
    };
    const snapshot = await createSnapshot(tx, organization.id, captured, SEED_CONTEXT);
    await putBlobs(tx, organization.id, Object.values(files));
    let manifest: ReleaseManifest | undefined;
    const healthPolicy = options.healthPolicy ?? defaultHealthPolicy;
    const sign = (facts: ReleaseFacts) => {
      const made = manifestOf(organization, options, { files, facts });
      manifest = made;
      return { manifest: made, ...signRelease(made, [organization.keys.release]) };
    };
    const { release } = await publishRelease(tx, organization.id, { snapshotId: id, healthPolicy, sign }, SEED_CONTEXT);
    if (manifest === undefined) throw new Error('a new snapshot was published before');
    return { snapshot, release, manifest, files };
  });
}
