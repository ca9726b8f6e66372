import type { HealthPolicy, ModuleList, PolicyReport } from '@sluice/contracts';
import type { Logger } from '@sluice/platform';
import {
  bundledModules,
  checkLockMatchesPackage,
  type JsonObject,
  type Lock,
  lockDigest,
  packageBytes,
  parseLock,
  parsePackage,
} from '@sluice/snapshot';
import { findImportedModuleList, findModuleTarballs, getApplication, type SnapshotSource, type Store } from '@sluice/store';
import { encodeModuleList, readModuleList } from '@sluice/trust';
import type { PolicyChecks } from '../policies/policy-checks.ts';
import { refuseBlocked } from '../policies/refuse-blocked.ts';
import { type CollectedModules, collectModules } from './collect-modules.ts';
import type { ReleaseInput } from './manifest.ts';
import type { ModuleResolver } from './module-resolver.ts';
import { buildSbom } from './sbom.ts';
import type { TarballSource } from './tarball-source.ts';

export type PrepareDependencies = {
  store: Store;
  logger: Logger;
  moduleResolver: ModuleResolver;
  tarballs: TarballSource;
  checks: PolicyChecks;
};

/** Everything of a release that takes time to get, ready to be signed. */
export type PreparedRelease = { input: ReleaseInput; sbom: Uint8Array; report: PolicyReport };

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

/** The modules of a list that are all kept here already, with what the packages say of their licences. */
export async function knownModules(store: Store, organizationId: string, list: ModuleList): Promise<CollectedModules> {
  const integrities = list.modules.map((module) => module.integrity);
  const known = await findModuleTarballs(store, organizationId, integrities);
  const licenses = [...known.values()].flatMap(({ integrity, license }) => (license === null ? [] : [[integrity, license] as const]));
  return { list, licenses: new Map(licenses) };
}

/** A lock that came with a bundle: what it names was kept then, so that publishing it again needs no registry, which may not be there at all. */
async function importedModules(
  deps: PrepareDependencies,
  organizationId: string,
  source: SnapshotSource,
): Promise<{ lock: Lock; modules: CollectedModules } | undefined> {
  if (source.lock === null) return undefined;
  const lock = parseLock(source.lock.toString('utf8'));
  const listed = await findImportedModuleList(deps.store, organizationId, lockDigest(lock));
  if (listed === undefined) return undefined;
  checkLockMatchesPackage(parsePackage(JSON.stringify(source.packageJson)), lock);
  return { lock, modules: await knownModules(deps.store, organizationId, readModuleList(listed, lockDigest(lock))) };
}

/** What a release is made of, once its lock and its modules are known. */
export async function assembleRelease(
  deps: Pick<PrepareDependencies, 'store'>,
  organizationId: string,
  of: { source: SnapshotSource; lock: Lock; modules: CollectedModules; healthPolicy: HealthPolicy; report: PolicyReport },
): Promise<PreparedRelease> {
  const { source, lock, modules, healthPolicy, report } = of;
  const { list, licenses } = modules;
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

/**
 * Resolves the lock, checks the policies and fetches what the lock names. Must not run inside a transaction.
 * @throws ModuleResolverError; SnapshotError; ApiError POLICY_BLOCKED, UNAVAILABLE
 */
export async function prepareRelease(
  deps: PrepareDependencies,
  organizationId: string,
  source: SnapshotSource,
  healthPolicy: HealthPolicy,
): Promise<PreparedRelease> {
  const imported = await importedModules(deps, organizationId, source);
  const lock = imported?.lock ?? (await lockOf(source, deps.moduleResolver));
  const check = { source, lock, stageId: null };
  // Before anything is fetched: what is wrong with the flows need not wait for hundreds of tarballs.
  const first = refuseBlocked(await deps.checks.check(organizationId, check));
  const modules = imported?.modules ?? (await collectModules(deps, organizationId, lock));
  const isWhole = first.notices.every(({ code }) => code !== 'NO_MODULE_METADATA');
  const report = isWhole ? first : refuseBlocked(await deps.checks.check(organizationId, check));
  return assembleRelease(deps, organizationId, { source, lock, modules, healthPolicy, report });
}
