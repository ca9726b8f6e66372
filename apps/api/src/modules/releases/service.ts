import {
  defaultHealthPolicy,
  type HealthPolicy,
  type Page,
  type PageQuery,
  type PublishReleaseRequest,
  type Release,
} from '@sluice/contracts';
import { openSecret } from '@sluice/platform';
import { checkLockMatchesPackage, type JsonObject, packageBytes, parseLock, parsePackage } from '@sluice/snapshot';
import {
  type ChangeContext,
  findPublishedRelease,
  getRelease,
  getSigningKey,
  getSnapshotSource,
  listReleases,
  publishRelease,
  putBlobs,
  type SnapshotSource,
  type Store,
  type Transaction,
} from '@sluice/store';
import { type Signer, signRelease } from '@sluice/trust';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';
import { notFound } from '../../problems/api-error.ts';
import { signingKeyIdentity } from '../organizations/signing-keys.ts';
import { buildManifest, type ReleaseInput, releaseFiles } from './manifest.ts';
import type { ModuleResolver } from './module-resolver.ts';

export type ReleasesDependencies = { store: Store; keys: PurposeKeys; moduleResolver: ModuleResolver };

export type PublishInput = { organizationId: string; applicationId: string; key: string | undefined; request: PublishReleaseRequest };

/** `created` is false when the snapshot was published before: it is the same release. */
export type PublishedRelease = { release: Release; created: boolean };

export type Releases = {
  /** @throws ModuleResolverError; SnapshotError; StoreError NOT_FOUND; ApiError IDEMPOTENCY_KEY_REUSED */
  publish(input: PublishInput, context: ChangeContext): Promise<PublishedRelease>;
  list(organizationId: string, applicationId: string, page: PageQuery): Promise<Page<Release>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, releaseId: string): Promise<Release>;
};

/** The lock of a snapshot, checked; or a new one. Asks the registry, so it must not run inside a transaction. */
async function lockOf(source: SnapshotSource, resolver: ModuleResolver): Promise<Uint8Array> {
  const manifest = parsePackage(JSON.stringify(source.packageJson));
  const packageJson = Buffer.from(packageBytes(manifest)).toString('utf8');
  const given = source.lock?.toString('utf8');
  if (given !== undefined) {
    checkLockMatchesPackage(manifest, parseLock(given));
    await resolver.checkLock(packageJson, given);
  }
  const lock = parseLock(given ?? (await resolver.resolveLock(packageJson)));
  checkLockMatchesPackage(manifest, lock);
  return lock.bytes;
}

function releaseInputOf(organizationId: string, source: SnapshotSource, lock: Uint8Array, healthPolicy: HealthPolicy): ReleaseInput {
  return {
    organizationId,
    applicationId: source.applicationId,
    snapshotDigest: source.digest,
    flows: source.flows,
    flowsRevision: source.flowsRevision,
    package: parsePackage(JSON.stringify(source.packageJson)),
    lock,
    // A jsonb column holds plain data.
    settings: source.settings as JsonObject,
    variables: source.variables,
    runtimeVersion: source.runtimeVersion,
    healthPolicy,
  };
}

async function releaseSigner(tx: Transaction, organizationId: string, secretKey: Uint8Array): Promise<Signer> {
  const key = await getSigningKey(tx, organizationId, 'release');
  const privateKey = openSecret(secretKey, key.sealedPrivateKey, signingKeyIdentity(key.id)).toString('utf8');
  return { keyId: key.keyId, privateKey };
}

/** Makes the module of releases. */
export function createReleases({ store, keys, moduleResolver }: ReleasesDependencies): Releases {
  const idempotently = createIdempotency({ store, keys });
  const sign = async (
    tx: Transaction,
    input: ReleaseInput,
    target: { snapshotId: string; name: string | undefined },
    context: ChangeContext,
  ): Promise<PublishedRelease> => {
    const signer = await releaseSigner(tx, input.organizationId, keys['secret-encryption']);
    const files = releaseFiles(input).map((file) => file.bytes);
    await putBlobs(tx, input.organizationId, files);
    return publishRelease(
      tx,
      input.organizationId,
      {
        snapshotId: target.snapshotId,
        healthPolicy: input.healthPolicy,
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
      const lock = await lockOf(source, moduleResolver);
      const input = releaseInputOf(organizationId, source, lock, healthPolicy);
      return idempotently(repeatable, (tx) => sign(tx, input, { snapshotId, name }, context));
    },
    list: (organizationId, applicationId, page) => listReleases(store, organizationId, { ...page, applicationId }),
    get: (organizationId, releaseId) => getRelease(store, organizationId, releaseId),
  };
}
