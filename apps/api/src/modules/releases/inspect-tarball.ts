import { readPackageFiles, TarError } from '@sluice/platform/tar';
import type { TarballMetadata } from '@sluice/store';
import { ModuleResolverError } from './module-resolver.ts';
import { licenseIn, metadataOf, readPackageJson, typesInEditorFile } from './package-facts.ts';

/** What the archive inside a tarball says: its length, the licence its package.json names, and what rules ask about modules. */
export type TarballFacts = { unpackedLength: number; license: string | null; metadata: TarballMetadata };

const unpackedBytesMax = 1024 * 1024 * 1024;
/** Editor files are pages of some hundred lines; what is larger is something else. */
const editorFileBytesMax = 4 * 1024 * 1024;

/**
 * Reads a tarball to its end, exactly as a device will: what a device would refuse is not released.
 * @throws ModuleResolverError MODULE_UNUSABLE
 */
export async function inspectTarball(name: string, bytes: Uint8Array): Promise<TarballFacts> {
  let unpackedLength = 0;
  let packageJson: object = {};
  const types = new Map<string, string[]>();
  const onTaken = (total: number): void => {
    unpackedLength = total;
  };
  try {
    for await (const file of readPackageFiles(bytes, { bytesMax: unpackedBytesMax, onTaken })) {
      if (file.path === 'package.json') packageJson = readPackageJson(file.bytes);
      else if (file.path.endsWith('.html') && file.bytes.length <= editorFileBytesMax) types.set(file.path, typesInEditorFile(file.bytes));
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw new ModuleResolverError('MODULE_UNUSABLE', `The tarball of ${name} cannot be used. ${error.message}`, { cause: error });
  }
  return { unpackedLength, license: licenseIn(packageJson), metadata: metadataOf(packageJson, types) };
}
