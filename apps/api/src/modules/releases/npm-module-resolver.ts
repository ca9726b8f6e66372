import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@sluice/trust';
import { LRUCache } from 'lru-cache';
import { type ModuleResolver, ModuleResolverError } from './module-resolver.ts';
import { createNpmCall, inTemporaryFolder, type NpmOptions } from './npm-call.ts';
import { readNpmConfiguration } from './npm-configuration.ts';

export type NpmModuleResolverOptions = NpmOptions & {
  /** Milliseconds that never jump, for the age of cached locks. */
  monotonic: () => number;
};

const cacheAgeMs = 60 * 60 * 1000;

/**
 * Resolves and checks module locks with npm, in a temporary folder of its own per call.
 * The lock of the same package.json is reused for an hour; calls for the same one at the same time share one run.
 */
export function createNpmModuleResolver(options: NpmModuleResolverOptions): ModuleResolver {
  const npm = createNpmCall(options);
  const locks = new LRUCache<string, Promise<string>>({ max: 100, ttl: cacheAgeMs, perf: { now: options.monotonic } });
  /** A host that cannot be reached may be one that nobody should ask: a module that some dependency takes from elsewhere. */
  const nameOutsider = async (error: unknown): Promise<unknown> => {
    if (!(error instanceof ModuleResolverError) || error.code !== 'REGISTRY_UNREACHABLE' || error.address === undefined) return error;
    const { host, origin, pathname } = new URL(error.address);
    if ((await readNpmConfiguration(npm)).registryHosts.has(host)) return error;
    const detail = `A dependency comes from ${origin}${pathname} and not from the module registry. Use a version whose dependencies are in the registry.`;
    return new ModuleResolverError('MODULE_OUTSIDE_REGISTRY', detail, { cause: error });
  };
  const inFolder = <T>(packageJson: string, work: (folder: string) => Promise<T>): Promise<T> =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'package.json'), packageJson);
      try {
        return await work(folder);
      } catch (error) {
        throw await nameOutsider(error);
      }
    });
  const resolve = (packageJson: string): Promise<string> =>
    inFolder(packageJson, async (folder) => {
      await npm(folder, ['install', '--package-lock-only']);
      return readFile(join(folder, 'package-lock.json'), 'utf8');
    });
  return {
    resolveLock: (packageJson) => {
      const key = sha256Hex(packageJson);
      const cached = locks.get(key);
      if (cached !== undefined) return cached;
      const lock = resolve(packageJson);
      locks.set(key, lock);
      // A failure is never remembered: the registry may know the module a minute later.
      lock.catch(() => locks.delete(key));
      return lock;
    },
    checkLock: (packageJson, lock) =>
      inFolder(packageJson, async (folder) => {
        await writeFile(join(folder, 'package-lock.json'), lock);
        await npm(folder, ['ci', '--dry-run']);
      }),
  };
}
