import type { MirrorHints } from '@sluice/capture';
import { defaultHealthPolicy, type Page, type PageQuery, type PublishReleaseRequest, type Release } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import {
  type ChangeContext,
  findPublishedRelease,
  getBlob,
  getRelease,
  getReleaseParts,
  getSnapshotSource,
  type Keyring,
  listReleases,
  StoreError,
} from '@sluice/store';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';
import { notFound } from '../../problems/api-error.ts';
import { openBundle, type ReleaseBundle } from './bundle.ts';
import { createReleaseImport, type ReleaseImport } from './import-release.ts';
import { type PrepareDependencies, prepareRelease } from './prepare.ts';
import { type PublishedRelease, publishPrepared } from './publish-prepared.ts';

export type ReleasesDependencies = PrepareDependencies & { keys: PurposeKeys; keyring: Keyring; clock: Clock; jobs: MirrorHints };

export type PublishInput = { organizationId: string; applicationId: string; key: string | undefined; request: PublishReleaseRequest };

export type Releases = {
  /** @throws ModuleResolverError; SnapshotError; StoreError NOT_FOUND; ApiError POLICY_BLOCKED, UNAVAILABLE, IDEMPOTENCY_KEY_REUSED */
  publish(input: PublishInput, context: ChangeContext): Promise<PublishedRelease>;
  /** Takes in a release of another control plane. */
  import: ReleaseImport;
  list(organizationId: string, applicationId: string, page: PageQuery): Promise<Page<Release>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, releaseId: string): Promise<Release>;
  /** @throws StoreError NOT_FOUND */
  bundle(organizationId: string, releaseId: string): Promise<ReleaseBundle>;
  /** The bill of materials, exact bytes. @throws ApiError NOT_FOUND when the release was published without one */
  sbom(organizationId: string, releaseId: string): Promise<Buffer>;
};

/** Makes the module of releases. */
export function createReleases(deps: ReleasesDependencies): Releases {
  const { store, keys, keyring } = deps;
  const idempotently = createIdempotency({ store, keys });
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
      const attempt = async (): Promise<PublishedRelease> => {
        const prepared = await prepareRelease(deps, organizationId, source, healthPolicy);
        return idempotently(repeatable, (tx) => publishPrepared(tx, { keyring, prepared, target: { snapshotId, name } }, context));
      };
      return attempt().catch((error: unknown) => {
        // Tarballs that were there went meanwhile, with the last release that used them: now they are fetched.
        if (error instanceof StoreError && error.code === 'CONFLICT') return attempt();
        throw error;
      });
    },
    import: createReleaseImport(deps),
    list: (organizationId, applicationId, page) => listReleases(store, organizationId, { ...page, applicationId }),
    get: (organizationId, releaseId) => getRelease(store, organizationId, releaseId),
    bundle: (organizationId, releaseId) => openBundle(deps, organizationId, releaseId),
    sbom: async (organizationId, releaseId) => {
      const { sbomSha256 } = await getReleaseParts(store, organizationId, releaseId);
      if (sbomSha256 === null) throw notFound('bill of materials');
      return getBlob(store, organizationId, sbomSha256);
    },
  };
}
