import { createCaptures, type MirrorHints, type ReadRequest, sealedCredentialsIdentity } from '@sluice/capture';
import type { CreateSnapshotRequest, SnapshotPreview } from '@sluice/contracts';
import { diffSnapshots, type FlowNode, type JsonObject, lockedPackages, parseLock, type SnapshotParts } from '@sluice/snapshot';
import { findNewestSnapshot, getSnapshotSource, type Keyring, type SnapshotSource, type Store } from '@sluice/store';
import { canonicalText } from '@sluice/trust';
import type { PurposeKeys } from '../../dependencies.ts';
import { createCredentialsIntake } from '../snapshots/sealed-credentials.ts';

export type SnapshotPreviewsDependencies = { store: Store; keyring: Keyring; keys: PurposeKeys; jobs: MirrorHints };

export type SnapshotPreviews = {
  /** What a snapshot of this request would change. Keeps nothing. @throws SnapshotError; CaptureError; StoreError NOT_FOUND; ApiError VALIDATION_FAILED */
  preview(target: { organizationId: string; applicationId: string }, request: CreateSnapshotRequest): Promise<SnapshotPreview>;
};

/** The runtime is a dependency, too, and told as what it is. */
function withoutRuntime({ 'node-red': _runtime, ...dependencies }: Record<string, string>): Record<string, string> {
  return dependencies;
}

function partsOfRequest({ flows, package: manifest, lock, runtimeVersion, variables, settings }: ReadRequest): SnapshotParts {
  return {
    flows: flows.nodes,
    dependencies: withoutRuntime(manifest.dependencies),
    ...(lock === null ? {} : { locked: lockedPackages(lock) }),
    runtime: { nodeRed: runtimeVersion, node: null },
    variables,
    settings,
  };
}

/** All of it was checked when the snapshot was made. */
function partsOfSource(source: SnapshotSource): SnapshotParts {
  return {
    flows: JSON.parse(source.flows.toString('utf8')) as FlowNode[],
    dependencies: withoutRuntime((source.packageJson['dependencies'] ?? {}) as Record<string, string>),
    ...(source.lock === null ? {} : { locked: lockedPackages(parseLock(source.lock)) }),
    runtime: { nodeRed: source.runtimeVersion, node: null },
    variables: source.variables,
    settings: source.settings as JsonObject,
  };
}

/** A lock that only one side has says nothing about what changed. */
function comparable(before: SnapshotParts, after: SnapshotParts): [SnapshotParts, SnapshotParts] {
  if (before.locked !== undefined && after.locked !== undefined) return [before, after];
  const { locked: _before, ...first } = before;
  const { locked: _after, ...second } = after;
  return [first, second];
}

/** Makes the module of previews. */
export function createSnapshotPreviews({ store, keyring, keys, jobs }: SnapshotPreviewsDependencies): SnapshotPreviews {
  const captures = createCaptures({ keyring, saltKey: keys['configuration-salt'], jobs });
  const intake = createCredentialsIntake(keys['credentials-intake']);

  const credentialsOf = async ({ id, sealedCredentials: sealed }: SnapshotSource): Promise<unknown> =>
    sealed === null ? null : JSON.parse((await keyring.open(store, { sealed, identity: sealedCredentialsIdentity(id) })).toString('utf8'));

  return {
    preview: async (target, request) => {
      const { organizationId, applicationId } = target;
      const newest = await findNewestSnapshot(store, organizationId, applicationId);
      const before = newest && { settings: newest.settings, variables: newest.snapshot.variables };
      const read = captures.read(intake.opened(target, request), request.keepDeclarations === true ? before : undefined);
      const after = partsOfRequest(read);
      if (newest === undefined) {
        const diff = diffSnapshots({ flows: [] }, after);
        return { digest: read.digest, last: null, isSame: false, credentialsChanged: read.credentials !== null, diff };
      }
      const source = await getSnapshotSource(store, organizationId, newest.snapshot.id);
      const diff = diffSnapshots(...comparable(partsOfSource(source), after));
      const credentialsChanged = canonicalText(await credentialsOf(source)) !== canonicalText(read.credentials);
      const isSame = diff.class === null && !credentialsChanged;
      return { digest: read.digest, last: newest.snapshot, isSame, credentialsChanged, diff };
    },
  };
}
