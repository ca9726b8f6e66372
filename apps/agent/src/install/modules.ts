// INVARIANTS
// 1. `modules/<lockDigest>` exists only whole: it is made beside under another name and renamed, its complete mark inside.
// 2. Any number of agents may want the same modules at the same time: one works, the others wait and find them.
// 3. Nothing is asked but the control plane, nothing is run: what is in the tree was listed, with its digest, under the release's signature.
import { join } from 'node:path';
import type { ModuleList } from '@sluice/contracts';
import { completeMark } from '../layout.ts';
import type { Log } from '../ports/index.ts';
import type { DownloadDeps } from './download.ts';
import { type ClaimDeps, withModulesClaim } from './module-claim.ts';
import { fetchTarballs, findMissingModules, linkModules, type MissingModules, unpackTarballs } from './module-store.ts';
import { type Platform, selectModules } from './select-modules.ts';

export type ModulesDeps = ClaimDeps & { log: Log; platform: Platform };

async function hasTree({ fileSystem, layout }: ModulesDeps, lockDigest: string): Promise<boolean> {
  return (await fileSystem.stat(join(layout.moduleTree(lockDigest), completeMark))) !== undefined;
}

/** What it takes to install a module tree here; nothing when it is there. @throws AgentError RUNTIME_UNFIT */
export async function missingForTree(deps: ModulesDeps, list: ModuleList): Promise<MissingModules> {
  return findMissingModules(deps, (await hasTree(deps, list.lockDigest)) ? [] : selectModules(list, deps.platform));
}

/**
 * Makes sure that the tarballs of a module tree are on this device.
 * @throws TrustError HASH_MISMATCH, ENDLESS_DATA; AgentError DOWNLOAD_FAILED, DISK_FULL, RUNTIME_UNFIT
 */
export function fetchModules(deps: ModulesDeps & DownloadDeps, list: ModuleList, signal: AbortSignal): Promise<void> {
  return withModulesClaim(deps, {
    signal,
    isDone: async () => (await missingForTree(deps, list)).tarballs.length === 0,
    work: async () => {
      const { tarballs, tarballBytes } = await missingForTree(deps, list);
      const startedAt = deps.clock.monotonic();
      await fetchTarballs(deps, tarballs, signal);
      const tookMs = Math.round(deps.clock.monotonic() - startedAt);
      deps.log.info({ tarballs: tarballs.length, bytes: tarballBytes, tookMs }, 'fetched modules');
    },
  });
}

/**
 * Makes sure that a module tree is there, out of tarballs that are on this device.
 * @param options.files put beside the modules, so that people and tools can see what the tree is
 * @throws AgentError DOWNLOAD_FAILED, MODULES_INSTALL_FAILED, RUNTIME_UNFIT
 */
export function ensureModules(
  deps: ModulesDeps,
  list: ModuleList,
  options: { files: Readonly<Record<string, Uint8Array>>; signal: AbortSignal },
): Promise<void> {
  const { fileSystem, layout } = deps;
  const { lockDigest } = list;
  const { signal } = options;
  const staging = join(layout.modules, `.staging-${lockDigest}`);
  const work = async (): Promise<void> => {
    const startedAt = deps.clock.monotonic();
    const selected = selectModules(list, deps.platform);
    const { packages } = await findMissingModules(deps, selected);
    await unpackTarballs(deps, packages, signal);
    await fileSystem.remove(staging);
    try {
      await fileSystem.makeFolder(staging, 0o755);
      for (const [name, bytes] of Object.entries(options.files)) await fileSystem.write(join(staging, name), bytes, 0o644);
      await linkModules(deps, selected, { tree: staging, signal });
      await fileSystem.write(join(staging, completeMark), new Uint8Array(), 0o644);
      await fileSystem.syncTree(staging);
      await fileSystem.remove(layout.moduleTree(lockDigest));
      await fileSystem.rename(staging, layout.moduleTree(lockDigest));
      await fileSystem.syncFolder(layout.modules);
    } finally {
      await fileSystem.remove(staging);
    }
    const tookMs = Math.round(deps.clock.monotonic() - startedAt);
    deps.log.info({ lockDigest, packages: selected.length, unpacked: packages.length, tookMs }, 'installed a module tree');
  };
  return withModulesClaim(deps, { signal, isDone: () => hasTree(deps, lockDigest), work });
}
