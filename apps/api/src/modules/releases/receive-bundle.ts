import { type BundledRelease, BundleError, type NeededCredentials, type ReadBundleOptions, readBundle } from '@sluice/bundle';
import type { ModuleList, ReleaseModule } from '@sluice/contracts';
import { findModuleTarballs, keepModuleTarballs, type NewModuleTarball, type Store } from '@sluice/store';
import { inspectTarball } from './inspect-tarball.ts';
import { hasIntegrity, strongestIntegrity } from './integrity.ts';

/** A bundle that came in whole: every tarball of it is kept, everything else is at hand. */
export type ReceivedBundle = {
  release: BundledRelease;
  list: ModuleList;
  /** The content of each file of the release, by path. */
  files: ReadonlyMap<string, Buffer>;
  credentialsNeeded: NeededCredentials[];
};

const batchBytesMax = 8 * 1024 * 1024;

/** Checks a tarball against what was signed of it and against the lock's integrity, exactly as if it had been fetched. */
async function inspect(module: ReleaseModule, bytes: Buffer): Promise<NewModuleTarball> {
  const name = `${module.name}@${module.version}`;
  const integrity = strongestIntegrity(module.integrity);
  if (integrity === undefined || !hasIntegrity(bytes, integrity)) {
    throw new BundleError('INTEGRITY_MISMATCH', `The tarball of ${name} is not the one that the lock names.`);
  }
  const facts = await inspectTarball(name, bytes);
  if (facts.unpackedLength !== module.unpackedLength) {
    throw new BundleError('INTEGRITY_MISMATCH', `The tarball of ${name} unpacks to another length than was signed.`);
  }
  return { integrity: integrity.text, bytes, ...facts };
}

/** Keeps tarballs that are new, a few megabytes in a transaction: they are what their integrity says, whatever becomes of the bundle. */
function createKeeper(store: Store, organizationId: string) {
  let known: ReadonlyMap<string, { sha256: string }> = new Map();
  let batch: NewModuleTarball[] = [];
  const flush = async (): Promise<void> => {
    const tarballs = batch;
    batch = [];
    if (tarballs.length > 0) await store.transaction((tx) => keepModuleTarballs(tx, organizationId, tarballs));
  };
  return {
    expect: async (list: ModuleList): Promise<void> => {
      const integrities = list.modules.map(({ integrity }) => strongestIntegrity(integrity)?.text ?? integrity);
      known = await findModuleTarballs(store, organizationId, integrities);
    },
    keep: async (modules: readonly ReleaseModule[], bytes: Buffer): Promise<void> => {
      const distinct = new Map(modules.map((module) => [strongestIntegrity(module.integrity)?.text ?? module.integrity, module]));
      for (const [integrity, module] of distinct) {
        if (known.get(integrity)?.sha256 !== module.sha256) batch.push(await inspect(module, bytes));
      }
      if (batch.reduce((sum, tarball) => sum + tarball.bytes.length, 0) >= batchBytesMax) await flush();
    },
    flush,
  };
}

export type ReceiveOptions = ReadBundleOptions & {
  /** Asked once the signature holds; true: the rest need not come. */
  isKnown: (release: BundledRelease) => Promise<boolean>;
};

/**
 * Takes in a bundle and verifies it; undefined when its release is known.
 * @throws BundleError; ModuleResolverError MODULE_UNUSABLE
 */
export async function receiveBundle(
  store: Store,
  organizationId: string,
  body: AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
): Promise<ReceivedBundle | undefined> {
  const keeper = createKeeper(store, organizationId);
  const contents = new Map<string, Buffer>();
  let release: BundledRelease | undefined;
  let list: ModuleList | undefined;
  for await (const part of readBundle(body, options)) {
    if (part.kind === 'release') {
      release = part;
      if (await options.isKnown(part)) return undefined;
    } else if (part.kind === 'file') contents.set(part.file.sha256, part.bytes);
    else if (part.kind === 'modules') {
      list = part.list;
      await keeper.expect(part.list);
    } else await keeper.keep(part.modules, part.bytes);
  }
  await keeper.flush();
  if (release === undefined || list === undefined) throw new BundleError('BUNDLE_MALFORMED', 'The bundle has no list of modules.');
  const files = new Map(release.manifest.files.map(({ path, sha256 }) => [path, contents.get(sha256) ?? Buffer.alloc(0)]));
  return { release, list, files, credentialsNeeded: release.facts.credentials?.nodes ?? [] };
}
