// INVARIANTS
// 1. A tarball or a package in the store has the digest it is named by: it gets its name by a rename, when it is whole and on the disk.
// 2. Files in the store are never written to again: module trees share them by hard links.
import { dirname, join } from 'node:path';
import type { ReleaseModule } from '@sluice/contracts';
import { readPackageFiles, TarError } from '@sluice/platform/tar';
import { checkFile, TrustError } from '@sluice/trust';
import { AgentError, describeError, systemErrorCode } from '../errors.ts';
import type { Layout } from '../layout.ts';
import type { FileSystem } from '../ports/index.ts';
import { type DownloadDeps, downloadFile } from './download.ts';

/** What the store lacks, and how many bytes it takes to get it. */
export type MissingModules = { packages: ReleaseModule[]; tarballs: ReleaseModule[]; tarballBytes: number; unpackedBytes: number };

type StoreDeps = { fileSystem: FileSystem; layout: Layout };

const downloadsAtOnce = 4;
/** What the system says of a file that is to be a folder, or of a name that is too long for the disk. */
const impossiblePaths: ReadonlySet<string> = new Set(['EEXIST', 'EISDIR', 'ENAMETOOLONG', 'ENOTDIR']);

const isThere = async ({ fileSystem }: StoreDeps, path: string): Promise<boolean> => (await fileSystem.stat(path)) !== undefined;

/** Looks which of the packages are not in the store yet, and which of their tarballs have to be fetched. */
export async function findMissingModules(deps: StoreDeps, modules: readonly ReleaseModule[]): Promise<MissingModules> {
  const missing: MissingModules = { packages: [], tarballs: [], tarballBytes: 0, unpackedBytes: 0 };
  for (const module of new Map(modules.map((each) => [each.sha256, each])).values()) {
    if (await isThere(deps, deps.layout.storedPackage(module.sha256))) continue;
    missing.packages.push(module);
    missing.unpackedBytes += module.unpackedLength;
    if (await isThere(deps, deps.layout.storedTarball(module.sha256))) continue;
    missing.tarballs.push(module);
    missing.tarballBytes += module.length;
  }
  return missing;
}

/**
 * Fetches tarballs into the store, a few at a time; each is checked while it arrives, and an interrupted one goes on where it stopped.
 * @throws TrustError HASH_MISMATCH, ENDLESS_DATA; AgentError DOWNLOAD_FAILED, DISK_FULL
 */
export async function fetchTarballs(deps: DownloadDeps, tarballs: readonly ReleaseModule[], signal: AbortSignal): Promise<void> {
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  const waiting = [...tarballs];
  const work = async (): Promise<void> => {
    for (let module = waiting.shift(); module !== undefined; module = waiting.shift()) {
      either.throwIfAborted();
      const { name, version, sha256, length } = module;
      const target = deps.layout.storedTarball(sha256);
      await downloadFile(deps, { path: `${name}@${version}`, sha256, length }, { target, signal: either });
    }
  };
  const stopOthers = (error: unknown): never => {
    failing.abort(error);
    throw error;
  };
  const ends = await Promise.allSettled(Array.from({ length: downloadsAtOnce }, () => work().catch(stopOthers)));
  signal.throwIfAborted();
  // The others only stopped because of it.
  if (failing.signal.aborted) throw failing.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function readChecked({ fileSystem, layout }: StoreDeps, module: ReleaseModule): Promise<Uint8Array> {
  const path = layout.storedTarball(module.sha256);
  const bytes = (await fileSystem.read(path)) ?? new Uint8Array();
  try {
    checkFile({ path: `${module.name}@${module.version}`, sha256: module.sha256, length: module.length }, bytes);
  } catch (error) {
    // It was right when it arrived: the disk lost it. The next try fetches it again.
    await fileSystem.remove(path);
    if (!(error instanceof TrustError)) throw error;
    throw new AgentError('DOWNLOAD_FAILED', `The tarball of ${module.name} is damaged on this disk.`, { cause: error });
  }
  return bytes;
}

async function unpack(deps: StoreDeps, module: ReleaseModule): Promise<void> {
  const { fileSystem, layout } = deps;
  const bytes = await readChecked(deps, module);
  const folder = join(layout.unpacking, module.sha256);
  await fileSystem.makeFolder(folder, 0o755);
  const made = new Set([folder]);
  try {
    for await (const file of readPackageFiles(bytes, { bytesMax: module.unpackedLength })) {
      const path = join(folder, file.path);
      if (!made.has(dirname(path))) await fileSystem.makeFolder(dirname(path), 0o755);
      made.add(dirname(path));
      await fileSystem.write(path, file.bytes, file.executable ? 0o755 : 0o644);
    }
  } catch (error) {
    if (!(error instanceof TarError) && !impossiblePaths.has(systemErrorCode(error) ?? '')) throw error;
    const message = `${module.name} ${module.version} cannot be unpacked. ${describeError(error)}`;
    throw new AgentError('MODULES_INSTALL_FAILED', message, { cause: error });
  }
}

/**
 * Unpacks tarballs of the store into packages of the store, all of them with one sync. No script of any package runs.
 * @throws AgentError DOWNLOAD_FAILED, MODULES_INSTALL_FAILED
 */
export async function unpackTarballs(deps: StoreDeps, modules: readonly ReleaseModule[], signal: AbortSignal): Promise<void> {
  if (modules.length === 0) return;
  const { fileSystem, layout } = deps;
  await fileSystem.remove(layout.unpacking);
  await fileSystem.makeFolder(layout.storedPackages, 0o755);
  try {
    for (const module of modules) {
      signal.throwIfAborted();
      await unpack(deps, module);
    }
    await fileSystem.syncTree(layout.unpacking);
    for (const { sha256 } of modules) await fileSystem.rename(join(layout.unpacking, sha256), layout.storedPackage(sha256));
    await fileSystem.syncFolder(layout.storedPackages);
    for (const { sha256 } of modules) await fileSystem.remove(layout.storedTarball(sha256));
  } finally {
    await fileSystem.remove(layout.unpacking);
  }
}

async function linkFolder(fileSystem: FileSystem, from: string, to: string): Promise<void> {
  await fileSystem.makeFolder(to, 0o755);
  for (const name of await fileSystem.list(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    const stats = await fileSystem.stat(source);
    if (stats?.kind === 'folder') await linkFolder(fileSystem, source, target);
    else await fileSystem.linkFile(source, target);
  }
}

/** Puts packages of the store at their places in a new tree. */
export async function linkModules(
  { fileSystem, layout }: StoreDeps,
  modules: readonly ReleaseModule[],
  options: { tree: string; signal: AbortSignal },
): Promise<void> {
  for (const { path, sha256 } of modules) {
    options.signal.throwIfAborted();
    const place = join(options.tree, path);
    // A package may carry another version of what the lock puts below it: the lock counts.
    if (path.lastIndexOf('node_modules/') > 0) await fileSystem.remove(place);
    await linkFolder(fileSystem, layout.storedPackage(sha256), place);
  }
}
