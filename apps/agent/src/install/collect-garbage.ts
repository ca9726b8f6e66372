import { basename, join } from 'node:path';
import { moduleListPath, readModuleList } from '@sluice/trust';
import type { Layout } from '../layout.ts';
import type { FileSystem } from '../ports/index.ts';
import type { Installation } from './installation.ts';

const removedPrefix = '.removed-';

/**
 * Removes all but the named from a folder. What goes loses its name first: when the power fails while its files are removed one by one, the rest
 * is nothing that anybody takes for whole, and goes the next time.
 */
async function removeAllBut(fileSystem: FileSystem, folder: string, names: Iterable<string>): Promise<void> {
  const kept = new Set(names);
  const doomed = (await fileSystem.list(folder)).filter((name) => !kept.has(name));
  if (doomed.length === 0) return;
  for (const name of doomed) {
    if (name.startsWith(removedPrefix)) continue;
    await fileSystem.remove(join(folder, removedPrefix + name));
    await fileSystem.rename(join(folder, name), join(folder, removedPrefix + name));
  }
  await fileSystem.syncFolder(folder);
  for (const name of doomed) await fileSystem.remove(join(folder, name.startsWith(removedPrefix) ? name : removedPrefix + name));
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
