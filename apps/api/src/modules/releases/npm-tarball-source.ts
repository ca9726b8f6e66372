// npm fetches, because registry, tokens, proxies and certificates are its configuration and not ours. What it fetched is read from its cache by the
// integrity that the lock names. The form of the cache (`content-v2`) is not ours: what is not found there is packed by npm into a folder, one by one.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tarballBytesMax } from '@sluice/trust';
import { LRUCache } from 'lru-cache';
import { hasIntegrity, type Integrity } from './integrity.ts';
import { ModuleResolverError } from './module-resolver.ts';
import { createNpmCall, inTemporaryFolder, type NpmCall, type NpmOptions } from './npm-call.ts';
import { type NpmConfiguration, readNpmConfiguration } from './npm-configuration.ts';
import type { FetchedTarball, TarballSource, WantedTarball } from './tarball-source.ts';

export type NpmTarballSourceOptions = NpmOptions & {
  /** Milliseconds that never jump, for the age of what is remembered. */
  monotonic: () => number;
};

const rememberedMs = 60 * 60 * 1000;
const batchSize = 60;
const packedAtOnce = 4;

const specificationOf = ({ name, version }: WantedTarball): string => `${name}@${version}`;

/** Where npm's cache keeps the bytes of an integrity. */
function cachePath(cacheFolder: string, { algorithm, digest }: Integrity): string {
  const hex = digest.toString('hex');
  return join(cacheFolder, '_cacache', 'content-v2', algorithm, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
}

async function readTarball(path: string, wanted: WantedTarball): Promise<Buffer | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (stats.size > tarballBytesMax) {
    throw new ModuleResolverError(
      'MODULE_UNUSABLE',
      `${specificationOf(wanted)} has ${stats.size} bytes; at most ${tarballBytesMax} are taken.`,
    );
  }
  return readFile(path);
}

/** What npm has fetched before. Bytes that went bad on the disk are as good as none: npm fetches them again. */
async function readCached({ cacheFolder }: NpmConfiguration, wanted: WantedTarball): Promise<Buffer | undefined> {
  const bytes = await readTarball(cachePath(cacheFolder, wanted.integrity), wanted);
  return bytes !== undefined && hasIntegrity(bytes, wanted.integrity) ? bytes : undefined;
}

/** Lets npm fill its cache with many packages at once. What it cannot get is told later, package by package. */
async function fillCache(npm: NpmCall, batch: readonly WantedTarball[]): Promise<void> {
  try {
    await inTemporaryFolder((folder) => npm(folder, ['cache', 'add', ...batch.map(specificationOf)]));
  } catch (error) {
    if (!(error instanceof ModuleResolverError) || error.code === 'REGISTRY_UNREACHABLE') throw error;
  }
}

/** Has npm write one package into a folder. @throws ModuleResolverError */
function pack(npm: NpmCall, wanted: WantedTarball): Promise<Buffer> {
  return inTemporaryFolder(async (folder) => {
    await npm(folder, ['pack', specificationOf(wanted), '--pack-destination', folder]);
    const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
    const bytes = name === undefined ? undefined : await readTarball(join(folder, name), wanted);
    if (bytes === undefined) throw new Error(`npm packed no tarball of ${specificationOf(wanted)}`);
    if (hasIntegrity(bytes, wanted.integrity)) return bytes;
    const detail = `The registry's ${specificationOf(wanted)} is not the one that the lock names (${wanted.integrity.text}).`;
    throw new ModuleResolverError('INTEGRITY_MISMATCH', `${detail} Find out which of the two was changed before you make a new lock.`);
  });
}

/** Fetches tarballs with npm, so with its registries, credentials, proxies and cache. */
export function createNpmTarballSource(options: NpmTarballSourceOptions): TarballSource {
  const npm = createNpmCall(options);
  const perf = { now: options.monotonic };
  const configurations = new LRUCache<string, Promise<NpmConfiguration>>({ max: 1, ttl: rememberedMs, perf });
  const absent = new LRUCache<string, true>({ max: 10_000, ttl: rememberedMs, perf });

  const configuration = (): Promise<NpmConfiguration> => {
    const known = configurations.get('npm');
    if (known !== undefined) return known;
    const reading = readNpmConfiguration(npm);
    configurations.set('npm', reading);
    reading.catch(() => configurations.delete('npm'));
    return reading;
  };
  const mayBeThere = (wanted: WantedTarball): boolean => wanted.optional && !absent.has(specificationOf(wanted));
  const packOrNothing = async (wanted: WantedTarball): Promise<FetchedTarball> => {
    try {
      return { wanted, bytes: await pack(npm, wanted) };
    } catch (error) {
      if (!wanted.optional || !(error instanceof ModuleResolverError) || error.code !== 'MODULE_NOT_FOUND') throw error;
      absent.set(specificationOf(wanted), true);
      return { wanted, bytes: null };
    }
  };
  /** Yields what the cache holds and returns the rest. */
  async function* fromCache(wanted: readonly WantedTarball[]): AsyncGenerator<FetchedTarball, WantedTarball[]> {
    const rest: WantedTarball[] = [];
    for (const each of wanted) {
      const bytes = await readCached(await configuration(), each);
      if (bytes === undefined) rest.push(each);
      else yield { wanted: each, bytes };
    }
    return rest;
  }

  return {
    registryHosts: async () => (await configuration()).registryHosts,
    fetch: async function* (wanted) {
      const missing = yield* fromCache(wanted);
      const single: WantedTarball[] = [];
      // One absent package ends npm's whole run, so those that may be absent do not go with the others.
      for (const group of [missing.filter((each) => !each.optional), missing.filter(mayBeThere)]) {
        for (let at = 0; at < group.length; at += batchSize) {
          const batch = group.slice(at, at + batchSize);
          await fillCache(npm, batch);
          single.push(...(yield* fromCache(batch)));
        }
      }
      for (const each of missing) if (each.optional && !mayBeThere(each)) yield { wanted: each, bytes: null };
      for (let at = 0; at < single.length; at += packedAtOnce) {
        yield* await Promise.all(single.slice(at, at + packedAtOnce).map(packOrNothing));
      }
    },
  };
}
