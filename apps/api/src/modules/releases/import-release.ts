// INVARIANTS
// 1. Nothing is published, and no snapshot made, before the whole bundle was verified; then all of it, in one transaction.
// 2. What is published here has the same files, byte for byte, and the same snapshot digest; only the signature is this organization's own.
import { type BundledRelease, BundleError } from '@sluice/bundle';
import { type Captures, createCaptures, type MirrorHints, type PreparedSnapshot } from '@sluice/capture';
import type { ImportedRelease, Release } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import { lockDigest, parseLock, snapshotDigest } from '@sluice/snapshot';
import {
  type ChangeContext,
  findImportedRelease,
  findRootDocument,
  getApplication,
  getSnapshot,
  type ImportEvidence,
  type Keyring,
  type SnapshotSource,
} from '@sluice/store';
import { sha256Hex } from '@sluice/trust';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';
import { notFound } from '../../problems/api-error.ts';
import { refuseBlocked } from '../policies/refuse-blocked.ts';
import { releaseFiles } from './manifest.ts';
import { assembleRelease, knownModules, type PrepareDependencies, type PreparedRelease } from './prepare.ts';
import { publishPrepared } from './publish-prepared.ts';
import { type ReceivedBundle, receiveBundle } from './receive-bundle.ts';

export type ImportDependencies = PrepareDependencies & { keys: PurposeKeys; keyring: Keyring; clock: Clock; jobs: MirrorHints };

export type ImportInput = {
  organizationId: string;
  applicationId: string;
  key: string | undefined;
  /** SHA-256 of the root that the caller trusts; undefined: the organization's own. */
  trustedRoot: string | undefined;
  body: AsyncIterable<Uint8Array>;
};

/**
 * Takes in a bundle of another control plane and publishes it here. The same bundle again gives the same release (`created` false).
 * @throws BundleError; ModuleResolverError; SnapshotError; StoreError NOT_FOUND; ApiError POLICY_BLOCKED, UNAVAILABLE, IDEMPOTENCY_KEY_REUSED
 */
export type ReleaseImport = (input: ImportInput, context: ChangeContext) => Promise<ImportedRelease & { created: boolean }>;

/** A bundle is read as it comes, so this bounds the disk, not the memory. */
export const bundleBytesMax = 4 * 1024 * 1024 * 1024;

/** No snapshot yet, so no waiver of one. */
const noSnapshotId = '00000000-0000-0000-0000-000000000000';

/** Somebody imported the same bundle at the same time. */
class ImportedMeanwhile extends Error {
  readonly release: Release;

  constructor(release: Release) {
    super('imported meanwhile');
    this.release = release;
  }
}

const textOf = (bundle: ReceivedBundle, path: string): string => {
  const bytes = bundle.files.get(path);
  if (bytes === undefined) throw new BundleError('BUNDLE_MALFORMED', `The release of the bundle has no ${path}.`);
  return bytes.toString('utf8');
};

/** The snapshot that the release was made from, as far as it can be: without its credentials, whose digest is a part of its own digest. */
function prepareSnapshot(captures: Captures, bundle: ReceivedBundle): PreparedSnapshot {
  const { manifest, facts } = bundle.release;
  const { message, hasLock } = facts.snapshot;
  const prepared = captures.prepare({
    flows: textOf(bundle, 'flows.json'),
    package: textOf(bundle, 'package.json'),
    ...(hasLock ? { lock: textOf(bundle, 'package-lock.json') } : {}),
    settings: JSON.parse(textOf(bundle, 'settings.json')) as Record<string, unknown>,
    variables: manifest.variables,
    runtimeVersion: manifest.runtime.version,
    message: message === '' ? `Imported ${manifest.releaseName} of ${facts.applicationName}` : message,
  });
  const digest = snapshotDigest({
    flowsDigest: prepared.flows.revision,
    credentialsDigest: facts.credentials?.digest ?? null,
    package: prepared.package,
    lockDigest: prepared.lock === null ? null : lockDigest(prepared.lock),
    settings: prepared.settings,
    variables: prepared.variables,
  });
  if (digest !== manifest.snapshotDigest) {
    throw new BundleError('BUNDLE_MALFORMED', 'What the bundle says of the snapshot is not what was signed: fetch it again.');
  }
  return { ...prepared, digest };
}

async function prepareImported(
  deps: ImportDependencies,
  target: { organizationId: string; applicationId: string },
  bundle: ReceivedBundle,
  snapshot: PreparedSnapshot,
): Promise<PreparedRelease> {
  const { manifest } = bundle.release;
  const lock = parseLock(textOf(bundle, 'package-lock.json'));
  const source: SnapshotSource = {
    id: noSnapshotId,
    applicationId: target.applicationId,
    number: 0,
    digest: snapshot.digest,
    flows: Buffer.from(snapshot.flows.bytes),
    flowsRevision: snapshot.flows.revision,
    packageJson: JSON.parse(Buffer.from(snapshot.packageJson).toString('utf8')) as Record<string, unknown>,
    lock: Buffer.from(lock.bytes),
    settings: snapshot.settings,
    variables: snapshot.variables,
    sealedCredentials: null,
    runtimeVersion: snapshot.runtimeVersion,
  };
  const report = refuseBlocked(await deps.checks.check(target.organizationId, { source, lock, stageId: null }));
  const modules = await knownModules(deps.store, target.organizationId, bundle.list);
  const prepared = await assembleRelease(deps, target.organizationId, {
    source,
    lock,
    modules,
    healthPolicy: manifest.healthPolicy,
    report,
  });
  const digests = new Map(releaseFiles(prepared.input).map(({ path, bytes }) => [path, sha256Hex(bytes)]));
  const other = manifest.files.find(({ path, sha256 }) => digests.get(path) !== sha256);
  if (other !== undefined || manifest.files.length !== digests.size) {
    const what = other === undefined ? 'other files' : `another ${other.path}`;
    throw new BundleError('BUNDLE_MALFORMED', `The bundle has ${what} than this version of the control plane would make of it.`);
  }
  return prepared;
}

function evidenceOf({ facts, manifest, digest, rootDigest, root, rootText, envelope }: BundledRelease): ImportEvidence {
  return {
    organizationId: manifest.organizationId,
    applicationId: manifest.applicationId,
    applicationName: facts.applicationName,
    releaseName: manifest.releaseName,
    releaseCounter: manifest.releaseCounter,
    releaseDigest: digest,
    rootDigest,
    rootVersion: root.version,
    evidence: { root: rootText, envelope },
  };
}

/** Makes the import of bundles. */
export function createReleaseImport(deps: ImportDependencies): ReleaseImport {
  const { store, keys, keyring, clock, jobs } = deps;
  const idempotently = createIdempotency({ store, keys });
  const captures = createCaptures({ keyring, saltKey: keys['configuration-salt'], jobs });

  const publish = async (input: ImportInput, bundle: ReceivedBundle, context: ChangeContext): Promise<ImportedRelease> => {
    const { organizationId, applicationId, key } = input;
    const target = { organizationId, applicationId };
    const { credentialsNeeded, release: bundled } = bundle;
    const releaseDigest = bundled.digest;
    const snapshotContent = prepareSnapshot(captures, bundle);
    const prepared = await prepareImported(deps, target, bundle, snapshotContent);
    const repeatable: RepeatableRequest = {
      organizationId,
      actor: context.actor,
      key,
      request: ['importRelease', applicationId, releaseDigest],
    };
    return idempotently(repeatable, async (tx) => {
      const snapshot = await captures.keep(tx, target, snapshotContent, context);
      // The application is held by now: of two imports of one bundle, the second sees the first.
      const earlier = await findImportedRelease(tx, organizationId, { applicationId, releaseDigest });
      if (earlier !== undefined) throw new ImportedMeanwhile(earlier);
      const place = { snapshotId: snapshot.id, name: bundled.manifest.releaseName, importedFrom: evidenceOf(bundled) };
      const { release } = await publishPrepared(tx, { keyring, prepared, target: place }, context);
      return { release, snapshot, credentialsNeeded };
    });
  };

  return async (input, context) => {
    const { organizationId, applicationId } = input;
    await getApplication(store, organizationId, applicationId);
    const ownRoot = await findRootDocument(store, organizationId);
    if (ownRoot === undefined) throw notFound('organization');
    const trusted = input.trustedRoot ?? sha256Hex(Buffer.from(ownRoot));
    let earlier: Release | undefined;
    let needed: ImportedRelease['credentialsNeeded'] = [];
    const bundle = await receiveBundle(store, organizationId, input.body, {
      bytesMax: bundleBytesMax,
      now: clock.now(),
      trusts: (rootDigest) => rootDigest === trusted,
      isKnown: async ({ digest, facts }) => {
        needed = facts.credentials?.nodes ?? [];
        earlier = await findImportedRelease(store, organizationId, { applicationId, releaseDigest: digest });
        return earlier !== undefined;
      },
    });
    const known = async (release: Release) => ({
      release,
      snapshot: await getSnapshot(store, organizationId, release.snapshotId),
      credentialsNeeded: needed,
      created: false,
    });
    if (earlier !== undefined) return known(earlier);
    if (bundle === undefined) throw new Error('a bundle is neither known nor received');
    try {
      return { ...(await publish(input, bundle, context)), created: true };
    } catch (error) {
      if (error instanceof ImportedMeanwhile) return known(error.release);
      throw error;
    }
  };
}
