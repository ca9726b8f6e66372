import { join } from 'node:path';
import type { Layout } from '../layout.ts';
import type { FileSystem } from '../ports/index.ts';
import type { Installation } from './installation.ts';

/**
 * Removes what no kept installation needs: other installations, releases and unfinished downloads, and module trees if they are ours alone.
 * @param kept the installations to keep: current, previous, and those an update still needs
 */
export async function collectGarbage(fileSystem: FileSystem, layout: Layout, kept: readonly Installation[]): Promise<void> {
  const removeAllBut = async (folder: string, names: readonly string[]): Promise<void> => {
    for (const name of await fileSystem.list(folder)) {
      if (!names.includes(name)) await fileSystem.remove(join(folder, name));
    }
  };
  await removeAllBut(
    layout.installations,
    kept.map((installation) => installation.name),
  );
  await removeAllBut(
    layout.releases,
    kept.map((installation) => installation.releaseDigest),
  );
  if (layout.modulesShared) return;
  await removeAllBut(
    layout.modules,
    kept.map((installation) => installation.lockDigest),
  );
}
