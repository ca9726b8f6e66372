import type { TarballMetadata } from '@sluice/store';

const licenseLengthMax = 200;
const rangeLengthMax = 200;
const typeLengthMax = 200;
const typesMax = 1000;

/** A package.json as far as it is one; {} for anything else. */
export function readPackageJson(bytes: Uint8Array): object {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof document === 'object' && document !== null ? document : {};
  } catch {
    return {};
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

/** Text of a package reaches columns that cannot hold every character. */
function storable(text: string, lengthMax: number): string {
  return text.replaceAll('\0', '').slice(0, lengthMax).toWellFormed();
}

/** `license` as text, or the forms of old packages: `{type}` and a list of those under `licenses`. */
export function licenseIn(packageJson: object): string | null {
  const nameOf = (value: unknown): string[] => {
    const name = typeof value === 'string' ? value : memberOf(value, 'type');
    return typeof name === 'string' && name !== '' ? [name] : [];
  };
  const several = memberOf(packageJson, 'licenses');
  const all = [...nameOf(memberOf(packageJson, 'license')), ...(Array.isArray(several) ? several.flatMap(nameOf) : [])];
  const names = [...new Set(all)];
  const text = names.length > 1 ? `(${names.join(' OR ')})` : names[0];
  return text === undefined ? null : storable(text, licenseLengthMax);
}

const template = /<script (?:[^>]*)data-template-name\s*=\s*['"]([^'"]*)['"]/gi;
const registration = /\.registerType\(\s*['"`]([^'"`\n]*)['"`]/g;

/** The types that an editor file has a template for, which Node-RED goes by (@node-red/registry lib/loader.js), or registers. */
export function typesInEditorFile(bytes: Uint8Array): string[] {
  const text = new TextDecoder().decode(bytes);
  return [...text.matchAll(template), ...text.matchAll(registration)].flatMap(([, type]) => (type ? [type] : []));
}

/** `./nodes/modbus.js` → `nodes/modbus.html`: the editor file beside the code of a set of nodes. */
function editorFileOf(file: string): string {
  const parts = file.split('/').filter((part) => part !== '' && part !== '.');
  return `${parts.join('/').replace(/\.[^./]*$/, '')}.html`;
}

/**
 * What rules ask about a package.
 * @param typesByFile the types of each editor file of the package, by path
 */
export function metadataOf(packageJson: object, typesByFile: ReadonlyMap<string, readonly string[]>): TarballMetadata {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? storable(value, rangeLengthMax) : undefined;
  const nodeRed = memberOf(packageJson, 'node-red');
  const nodeRange = text(memberOf(memberOf(packageJson, 'engines'), 'node'));
  const nodeRedRange = text(memberOf(nodeRed, 'version'));
  const sets = memberOf(nodeRed, 'nodes');
  const files = typeof sets === 'object' && sets !== null ? Object.values(sets).filter((file) => typeof file === 'string') : undefined;
  const types = (files ?? []).flatMap((file) => typesByFile.get(editorFileOf(file)) ?? []);
  // A package without nodes is known to bring none; one whose nodes are not described may bring any.
  const isUnknown = files !== undefined && files.length > 0 && types.length === 0;
  return {
    ...(nodeRange === undefined ? {} : { nodeRange }),
    ...(nodeRedRange === undefined ? {} : { nodeRedRange }),
    ...(isUnknown ? {} : { nodeTypes: [...new Set(types.map((type) => storable(type, typeLengthMax)))].slice(0, typesMax) }),
  };
}
