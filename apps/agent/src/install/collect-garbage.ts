import { basename, join } from 'node:path';
import { moduleListPath, readModuleList } from '@sluice/trust';
import type { Layout } from '../layout.ts';
import type { FileSystem } from '../ports/index.ts';
import type { Installation } from './installation.ts';

async function removeAllBut(fileSystem: FileSystem, folder: string, names: Iterable<string>): Promise<void> {
  const kept = new Set(names);
  for (const name of await fileSystem.list(folder)) {
    if (!kept.has(name)) await fileSystem.remove(join(folder, name));
  }
}

/** The digests of all packages that kept releases name; undefined when one of the lists cannot be read. */
async function packagesOf(fileSystem: FileSystem, layout: Layout, kept: readonly Installation[]): Promise<Set<string> | undefined> {
  const digests = new Set<string>();
  for (const { releaseDigest, lockDigest } of kept) {
    const bytes = await fileSystem.read(join(layout.release(releaseDigest), 'files', moduleListPath));
    if (bytes === undefined) return undefined;
    try {
      for (const { sha256 } of readModuleList(bytes, lockDigest).modules) digests.add(sha256);
    } catch {
      return undefined;
    }
  }
  return digests;
}

/**
 * Removes what no kept installation needs: other installations, releases and unfinished downloads, and module trees and stored packages if they
 * are ours alone.
 * @param kept the installations to keep: current, previous, and those an update still needs
 */
export async function collectGarbage(fileSystem: FileSystem, layout: Layout, kept: readonly Installation[]): Promise<void> {
  await removeAllBut(
    fileSystem,
    layout.installations,
    kept.map((installation) => installation.name),
  );
  await removeAllBut(
    fileSystem,
    layout.releases,
    kept.map((installation) => installation.releaseDigest),
  );
  if (layout.modulesShared) return;
  const trees = kept.map((installation) => installation.lockDigest);
  await removeAllBut(fileSystem, layout.modules, [...trees, basename(layout.moduleStore)]);
  await fileSystem.remove(layout.storedTarballs);
  await fileSystem.remove(layout.unpacking);
  const packages = await packagesOf(fileSystem, layout, kept);
  // A list that is damaged costs a little room, and not the packages it may name.
  if (packages !== undefined) await removeAllBut(fileSystem, layout.storedPackages, packages);
}
