import { type Lock, lockedModules, type ModuleMetadata } from '@sluice/snapshot';
import { findModuleTarballs, type ModuleTarball, type Store } from '@sluice/store';
import { strongestIntegrity } from '../releases/integrity.ts';

/** What is known about the modules of a lock. `unknown`: how many were never fetched, so that only the lock tells of them. */
export type KnownModules = { modules: Record<string, ModuleMetadata>; known: number; unknown: number };

const topLevel = /^node_modules\/(?:@[^/]+\/)?[^/]+$/;

function metadataOf({ license, metadata }: ModuleTarball): ModuleMetadata {
  return { ...(license === null ? {} : { licence: license }), ...metadata };
}

/** Looks the modules of a lock up among the tarballs that the organization has. */
export async function findKnownModules(store: Store, organizationId: string, lock: Lock): Promise<KnownModules> {
  const modules = lockedModules(lock).flatMap(({ path, name, version, integrity }) => {
    const strongest = integrity === null ? undefined : strongestIntegrity(integrity);
    return strongest === undefined || version === null ? [] : [{ path, name, version, integrity: strongest.text }];
  });
  const tarballs = await findModuleTarballs(
    store,
    organizationId,
    modules.map(({ integrity }) => integrity),
  );
  const entries = modules.flatMap(({ path, name, version, integrity }) => {
    const tarball = tarballs.get(integrity);
    if (tarball === undefined) return [];
    const metadata = metadataOf(tarball);
    // By name alone it is the one that Node-RED finds: that of the first level, under the name that package.json asks for.
    const direct = topLevel.test(path) ? [[path.slice('node_modules/'.length), metadata] as const] : [];
    return [[`${name}@${version}`, metadata] as const, ...direct];
  });
  const known = modules.filter(({ integrity }) => tarballs.has(integrity)).length;
  return { modules: Object.fromEntries(entries), known, unknown: modules.length - known };
}
