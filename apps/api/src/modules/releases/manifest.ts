import type { HealthPolicy, ReleaseFile, ReleaseManifest, VariableDeclaration } from '@sluice/contracts';
import { type JsonObject, type PackageManifest, packageBytes } from '@sluice/snapshot';
import { canonicalJson, moduleListPath, sha256Hex } from '@sluice/trust';

/** The oldest agent that understands the releases that are published now. */
const minimumAgentVersion = '0.1.0';

/** A file of a release with its content. */
export type ReleaseContent = { path: string; bytes: Uint8Array };

/** What a release is made from, besides its place in the application's history. */
export type ReleaseInput = {
  organizationId: string;
  applicationId: string;
  snapshotDigest: string;
  flows: Uint8Array;
  flowsRevision: string;
  package: PackageManifest;
  lock: Uint8Array;
  /** The list of modules, encoded. */
  modules: Uint8Array;
  settings: JsonObject;
  variables: VariableDeclaration[];
  runtimeVersion: string;
  healthPolicy: HealthPolicy;
};

/** The Node.js versions that a Node-RED version runs on, as its package.json says. */
export function nodeRangeOf(runtimeVersion: string): string {
  return Number(runtimeVersion.split('.')[0]) >= 5 ? '>=22.9.0' : '>=18.5';
}

/** The files that a device gets, in the order of the manifest. */
export function releaseFiles(input: Pick<ReleaseInput, 'flows' | 'package' | 'lock' | 'modules' | 'settings'>): ReleaseContent[] {
  return [
    { path: 'flows.json', bytes: input.flows },
    { path: 'package.json', bytes: packageBytes(input.package) },
    { path: 'package-lock.json', bytes: input.lock },
    { path: moduleListPath, bytes: input.modules },
    { path: 'settings.json', bytes: canonicalJson(input.settings) },
  ];
}

/** The manifest of a release: complete, so that a device needs nothing else to know what it must have. */
export function buildManifest(input: ReleaseInput, place: { counter: number; name: string; createdAt: Date }): ReleaseManifest {
  const files = releaseFiles(input).map(({ path, bytes }): ReleaseFile => ({ path, sha256: sha256Hex(bytes), length: bytes.length }));
  return {
    organizationId: input.organizationId,
    applicationId: input.applicationId,
    releaseCounter: place.counter,
    releaseName: place.name,
    snapshotDigest: input.snapshotDigest,
    files,
    lockDigest: sha256Hex(input.lock),
    runtime: { kind: 'node-red', version: input.runtimeVersion, node: nodeRangeOf(input.runtimeVersion) },
    flowsRevision: input.flowsRevision,
    variables: input.variables,
    healthPolicy: input.healthPolicy,
    minimumAgentVersion,
    createdAt: place.createdAt.toISOString(),
  };
}
