import { readPackageFiles, TarError } from '@sluice/platform/tar';
import { ModuleResolverError } from './module-resolver.ts';

/** What the archive inside a tarball says: its length, and the licence its package.json names. */
export type TarballFacts = { unpackedLength: number; license: string | null };

const unpackedBytesMax = 1024 * 1024 * 1024;
const licenseLengthMax = 200;

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** `license` as text, or the forms of old packages: `{type}` and a list of those under `licenses`. */
export function licenseIn(packageJson: Uint8Array): string | null {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(packageJson));
  } catch {
    return null;
  }
  const nameOf = (value: unknown): string[] => {
    const name = typeof value === 'string' ? value : memberOf(value, 'type');
    return typeof name === 'string' && name !== '' ? [name] : [];
  };
  const several = memberOf(document, 'licenses');
  const all = [...nameOf(memberOf(document, 'license')), ...(Array.isArray(several) ? several.flatMap(nameOf) : [])];
  const names = [...new Set(all)];
  const text = names.length > 1 ? `(${names.join(' OR ')})` : names[0];
  // Text of a package reaches a text column, which cannot hold every character.
  return text === undefined ? null : text.replaceAll('\0', '').toWellFormed().slice(0, licenseLengthMax);
}

/**
 * Reads a tarball to its end, exactly as a device will: what a device would refuse is not released.
 * @throws ModuleResolverError MODULE_UNUSABLE
 */
export async function inspectTarball(name: string, bytes: Uint8Array): Promise<TarballFacts> {
  const facts: TarballFacts = { unpackedLength: 0, license: null };
  const onTaken = (total: number): void => {
    facts.unpackedLength = total;
  };
  try {
    for await (const file of readPackageFiles(bytes, { bytesMax: unpackedBytesMax, onTaken })) {
      if (file.path === 'package.json') facts.license = licenseIn(file.bytes);
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw new ModuleResolverError('MODULE_UNUSABLE', `The tarball of ${name} cannot be used. ${error.message}`, { cause: error });
  }
  return facts;
}
