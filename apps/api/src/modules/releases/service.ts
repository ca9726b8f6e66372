import {
  defaultHealthPolicy,
  type HealthPolicy,
  type Page,
  type PageQuery,
  type PolicyReport,
  type PublishReleaseRequest,
  type Release,
} from '@sluice/contracts';
import { type Logger, openSecret } from '@sluice/platform';
import {
  bundledModules,
  checkLockMatchesPackage,
  type JsonObject,
  type Lock,
  packageBytes,
  parseLock,
  parsePackage,
} from '@sluice/snapshot';
import {
  type ChangeContext,
  findPublishedRelease,
  getApplication,
  getBlob,
  getRelease,
  getReleaseParts,
  getSigningKey,
  getSnapshotSource,
  listReleases,
  publishRelease,
  putBlobs,
  type SnapshotSource,
  type Store,
  type Transaction,
} from '@sluice/store';
import { canonicalJson, encodeModuleList, type Signer, signRelease } from '@sluice/trust';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';
import { notFound } from '../../problems/api-error.ts';
import { signingKeyIdentity } from '../organizations/signing-keys.ts';
import type { PolicyChecks } from '../policies/policy-checks.ts';
import { refuseBlocked } from '../policies/refuse-blocked.ts';
import { openBundle, type ReleaseBundle } from './bundle.ts';
import { collectModules } from './collect-modules.ts';
import { buildManifest, type ReleaseInput, releaseFiles } from './manifest.ts';
import type { ModuleResolver } from './module-resolver.ts';
import { buildSbom } from './sbom.ts';
import type { TarballSource } from './tarball-source.ts';

export type ReleasesDependencies = {
  store: Store;
  keys: PurposeKeys;
  logger: Logger;
  moduleResolver: ModuleResolver;
  tarballs: TarballSource;
  checks: PolicyChecks;
};

export type PublishInput = { organizationId: string; applicationId: string; key: string | undefined; request: PublishReleaseRequest };

/** `created` is false when the snapshot was published before: it is the same release. */
export type PublishedRelease = { release: Release; created: boolean };

export type Releases = {
  /** @throws ModuleResolverError; SnapshotError; StoreError NOT_FOUND; ApiError POLICY_BLOCKED, UNAVAILABLE, IDEMPOTENCY_KEY_REUSED */
  publish(input: PublishInput, context: ChangeContext): Promise<PublishedRelease>;
  list(organizationId: string, applicationId: string, page: PageQuery): Promise<Page<Release>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, releaseId: string): Promise<Release>;
  /** @throws StoreError NOT_FOUND */
  bundle(organizationId: string, releaseId: string): Promise<ReleaseBundle>;
  /** The bill of materials, exact bytes. @throws ApiError NOT_FOUND when the release was published without one */
  sbom(organizationId: string, releaseId: string): Promise<Buffer>;
};

/** The lock of a snapshot, checked; or a new one. Asks the registry, so it must not run inside a transaction. */
async function lockOf(source: SnapshotSource, resolver: ModuleResolver): Promise<Lock> {
  const manifest = parsePackage(JSON.stringify(source.packageJson));
  const packageJson = Buffer.from(packageBytes(manifest)).toString('utf8');
  const given = source.lock?.toString('utf8');
  if (given !== undefined) {
    checkLockMatchesPackage(manifest, parseLock(given));
    await resolver.checkLock(packageJson, given);
  }
  const lock = parseLock(given ?? (await resolver.resolveLock(packageJson)));
  checkLockMatchesPackage(manifest, lock);
  return lock;
}

/** Everything of a release that takes time to get, ready to be signed. */
type PreparedRelease = { input: ReleaseInput; sbom: Uint8Array; report: PolicyReport };

async function prepare(
  deps: ReleasesDependencies,
  organizationId: string,
  source: SnapshotSource,
  healthPolicy: HealthPolicy,
): Promise<PreparedRelease> {
  const lock = await lockOf(source, deps.moduleResolver);
  const check = { source, lock, stageId: null };
  // Before anything is fetched: what is wrong with the flows need not wait for hundreds of tarballs.
  const first = refuseBlocked(await deps.checks.check(organizationId, check));
  const { list, licenses } = await collectModules(deps, organizationId, lock);
  const isWhole = first.notices.every(({ code }) => code !== 'NO_MODULE_METADATA');
  const report = isWhole ? first : refuseBlocked(await deps.checks.check(organizationId, check));
  const { name: applicationName } = await getApplication(deps.store, organizationId, source.applicationId);
  const input: ReleaseInput = {
    organizationId,
    applicationId: source.applicationId,
    snapshotDigest: source.digest,
    flows: source.flows,
    flowsRevision: source.flowsRevision,
    package: parsePackage(JSON.stringify(source.packageJson)),
    lock: lock.bytes,
    modules: encodeModuleList(list),
    // A jsonb column holds plain data.
    settings: source.settings as JsonObject,
    variables: source.variables,
    runtimeVersion: source.runtimeVersion,
    healthPolicy,
  };
  const sbom = buildSbom({ applicationName, snapshotDigest: source.digest, list, licenses, bundled: bundledModules(lock) });
  return { input, sbom, report };
}

async function releaseSigner(tx: Transaction, organizationId: string, secretKey: Uint8Array): Promise<Signer> {
  const key = await getSigningKey(tx, organizationId, 'release');
  const privateKey = openSecret(secretKey, key.sealedPrivateKey, signingKeyIdentity(key.id)).toString('utf8');
  return { keyId: key.keyId, privateKey };
}

/** Makes the module of releases. */
export function createReleases(deps: ReleasesDependencies): Releases {
  const { store, keys } = deps;
  const idempotently = createIdempotency({ store, keys });
  const sign = async (
    tx: Transaction,
    { input, sbom, report }: PreparedRelease,
    target: { snapshotId: string; name: string | undefined },
    context: ChangeContext,
  ): Promise<PublishedRelease> => {
    const signer = await releaseSigner(tx, input.organizationId, keys['secret-encryption']);
    const files = releaseFiles(input).map((file) => file.bytes);
    const blobs = await putBlobs(tx, input.organizationId, [...files, sbom, canonicalJson(report)]);
    const [sbomSha256, policyReportSha256] = blobs.slice(-2).map(({ sha256 }) => sha256);
    return publishRelease(
      tx,
      input.organizationId,
      {
        snapshotId: target.snapshotId,
        healthPolicy: input.healthPolicy,
        ...(sbomSha256 === undefined ? {} : { sbomSha256 }),
        ...(policyReportSha256 === undefined ? {} : { policyReportSha256 }),
        ...(target.name === undefined ? {} : { name: target.name }),
        sign: ({ counter, name, createdAt }) => {
          const manifest = buildManifest(input, { counter, name, createdAt: new Date(createdAt) });
          return { manifest, ...signRelease(manifest, [signer]) };
        },
      },
      context,
    );
  };

  return {
    publish: async ({ organizationId, applicationId, key, request }, context) => {
      const { snapshotId, name, healthPolicy = defaultHealthPolicy } = request;
      const source = await getSnapshotSource(store, organizationId, snapshotId);
      if (source.applicationId !== applicationId) throw notFound('snapshot');
      const repeatable: RepeatableRequest = {
        organizationId,
        actor: context.actor,
        key,
        request: ['publishRelease', applicationId, request],
      };
      const earlier = await findPublishedRelease(store, organizationId, { snapshotId, healthPolicy });
      if (earlier !== undefined) return idempotently(repeatable, async () => ({ release: earlier, created: false }));
      const prepared = await prepare(deps, organizationId, source, healthPolicy);
      return idempotently(repeatable, (tx) => sign(tx, prepared, { snapshotId, name }, context));
    },
    list: (organizationId, applicationId, page) => listReleases(store, organizationId, { ...page, applicationId }),
    get: (organizationId, releaseId) => getRelease(store, organizationId, releaseId),
    bundle: (organizationId, releaseId) => openBundle(store, organizationId, releaseId),
    sbom: async (organizationId, releaseId) => {
      const { sbomSha256 } = await getReleaseParts(store, organizationId, releaseId);
      if (sbomSha256 === null) throw notFound('bill of materials');
      return getBlob(store, organizationId, sbomSha256);
    },
  };
}
