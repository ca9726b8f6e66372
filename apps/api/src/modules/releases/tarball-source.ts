import type { Integrity } from './integrity.ts';

/** A package to fetch from the registry. */
export type WantedTarball = {
  name: string;
  version: string;
  integrity: Integrity;
  /** Whether the tree works without it: then a registry that does not have it is no error. */
  optional: boolean;
};

/** `bytes` null: an optional package that the registry does not have. Else they have the wanted integrity. */
export type FetchedTarball = { wanted: WantedTarball; bytes: Buffer | null };

/** Where the tarballs of modules come from. Adapters: npm (`npm-tarball-source.ts`). */
export type TarballSource = {
  /** Hosts that a lock may name as the origin of a package. */
  registryHosts(): Promise<ReadonlySet<string>>;
  /**
   * Fetches tarballs, in any order, one in memory at a time.
   * @throws ModuleResolverError INTEGRITY_MISMATCH, MODULE_NOT_FOUND, MODULE_UNUSABLE, REGISTRY_UNREACHABLE
   */
  fetch(wanted: readonly WantedTarball[]): AsyncIterable<FetchedTarball>;
};
