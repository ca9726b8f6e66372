import type { ModuleList, ReleaseModule } from '@sluice/contracts';
import type { Logger } from '@sluice/platform';
import { type Lock, type LockedModule, lockDigest, lockedModules, SnapshotError } from '@sluice/snapshot';
import { findModuleTarballs, keepModuleTarballs, type ModuleTarball, type NewModuleTarball, type Store } from '@sluice/store';
import { inspectTarball } from './inspect-tarball.ts';
import { type Integrity, strongestIntegrity } from './integrity.ts';
import { ModuleResolverError } from './module-resolver.ts';
import type { TarballSource, WantedTarball } from './tarball-source.ts';

export type CollectDependencies = { store: Store; tarballs: TarballSource; logger: Logger };

/** The modules of a release, every tarball of them stored. `licenses`: what the packages themselves say, by integrity. */
export type CollectedModules = { list: ModuleList; licenses: ReadonlyMap<string, string> };

type Sourced = { module: LockedModule; version: string; integrity: Integrity };

const batchBytesMax = 8 * 1024 * 1024;
const progressEvery = 50;

function outside(module: LockedModule, from: string): ModuleResolverError {
  const detail = `${module.name} (${module.path}) comes from ${from} and not from the module registry.`;
  return new ModuleResolverError('MODULE_OUTSIDE_REGISTRY', `${detail} Publish it to the registry, or use a version that is there.`);
}

/** An address without what may be a secret in it. */
function addressForPeople(resolved: string): string {
  return resolved.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '');
}

/** Refuses what a registry could not serve again. @throws ModuleResolverError MODULE_OUTSIDE_REGISTRY; SnapshotError LOCK_MALFORMED */
async function requireSources(modules: readonly LockedModule[], tarballs: TarballSource): Promise<Sourced[]> {
  const hosts = modules.some((module) => module.resolved !== null) ? await tarballs.registryHosts() : new Set<string>();
  return modules.map((module) => {
    if (module.link) throw outside(module, 'a folder');
    if (module.resolved !== null) {
      const url = /^https?:/.test(module.resolved) && URL.canParse(module.resolved) ? new URL(module.resolved) : undefined;
      if (url === undefined || !hosts.has(url.host)) throw outside(module, addressForPeople(module.resolved));
    }
    const integrity = module.integrity === null ? undefined : strongestIntegrity(module.integrity);
    if (integrity === undefined || module.version === null) {
      const pointer = `/packages/${module.path.replaceAll('/', '~1')}/${module.version === null ? 'version' : 'integrity'}`;
      const why = `it does not say which bytes ${module.name} has`;
      const detail = `The package-lock.json cannot be used: ${why}. Run "npm install --package-lock-only" and use the new lock.`;
      throw new SnapshotError('LOCK_MALFORMED', detail, { pointer });
    }
    return { module, version: module.version, integrity };
  });
}

function wantedOf(sourced: readonly Sourced[], known: ReadonlyMap<string, ModuleTarball>): WantedTarball[] {
  const wanted = new Map<string, WantedTarball>();
  for (const { module, version, integrity } of sourced) {
    if (known.has(integrity.text)) continue;
    const optional = module.optional !== undefined && (wanted.get(integrity.text)?.optional ?? true);
    wanted.set(integrity.text, { name: module.name, version, integrity, optional });
  }
  return [...wanted.values()];
}

/** Fetches tarballs and keeps them, a few megabytes in a transaction: what was fetched is there for the next try, whatever becomes of this one. */
async function fetchAndKeep(deps: CollectDependencies, organizationId: string, wanted: readonly WantedTarball[]): Promise<ModuleTarball[]> {
  const { store, logger } = deps;
  const kept: ModuleTarball[] = [];
  let batch: NewModuleTarball[] = [];
  const progress = { done: 0, of: wanted.length, bytes: 0 };
  const flush = async (): Promise<void> => {
    const tarballs = batch;
    batch = [];
    if (tarballs.length > 0) kept.push(...(await store.transaction((tx) => keepModuleTarballs(tx, organizationId, tarballs))));
  };
  for await (const { wanted: each, bytes } of deps.tarballs.fetch(wanted)) {
    progress.done += 1;
    if (bytes !== null) {
      batch.push({ integrity: each.integrity.text, bytes, ...(await inspectTarball(`${each.name}@${each.version}`, bytes)) });
      progress.bytes += bytes.length;
    }
    if (batch.reduce((sum, tarball) => sum + tarball.bytes.length, 0) >= batchBytesMax) await flush();
    if (progress.done % progressEvery === 0 || progress.done === progress.of)
      logger.info({ organizationId, ...progress }, 'fetching modules');
  }
  await flush();
  return kept;
}

function releaseModule({ module, version }: Sourced, tarball: ModuleTarball): ReleaseModule {
  const { path, name, os, cpu, libc, optional } = module;
  const { integrity, sha256, length, unpackedLength } = tarball;
  return {
    path,
    name,
    version,
    integrity,
    sha256,
    length,
    unpackedLength,
    ...(os === undefined ? {} : { os }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(libc === undefined ? {} : { libc }),
    ...(optional === undefined ? {} : { optional }),
  };
}

/**
 * Brings every package of a lock into the store, for every platform it names, and lists them. Asks the registry for what the organization does not
 * have yet, so it must not run inside a transaction.
 * @throws ModuleResolverError, SnapshotError
 */
export async function collectModules(deps: CollectDependencies, organizationId: string, lock: Lock): Promise<CollectedModules> {
  const sourced = await requireSources(lockedModules(lock), deps.tarballs);
  const known = await findModuleTarballs(
    deps.store,
    organizationId,
    sourced.map(({ integrity }) => integrity.text),
  );
  for (const tarball of await fetchAndKeep(deps, organizationId, wantedOf(sourced, known))) known.set(tarball.integrity, tarball);
  const modules: ReleaseModule[] = [];
  const omitted: string[] = [];
  for (const each of sourced) {
    const tarball = known.get(each.integrity.text);
    if (tarball === undefined) omitted.push(each.module.path);
    else modules.push(releaseModule(each, tarball));
  }
  if (omitted.length > 0) deps.logger.warn({ organizationId, omitted }, 'the registry does not have some optional modules');
  const licenses = [...known.values()].flatMap(({ integrity, license }) => (license === null ? [] : [[integrity, license] as const]));
  return { list: { lockDigest: lockDigest(lock), modules, omitted }, licenses: new Map(licenses) };
}
