import type { ModuleList, ReleaseFile, ReleaseManifest, ReleaseModule } from '@sluice/contracts';
import { canonicalJson } from './canonical-json.ts';
import { TrustError } from './errors.ts';
import { isSafePath } from './file-path.ts';
import { malformed, readArray, readDigest, readInteger, readObject, readString } from './parse.ts';
import { parseCanonicalJson } from './payload.ts';

/** Where the list stands among a release's files. */
export const moduleListPath = 'modules.json';

const bytesMax = 32 * 1024 * 1024;
const modulesMax = 50_000;
/** A tarball of a package: what fits into one blob and into the memory of a small device. */
export const tarballBytesMax = 128 * 1024 * 1024;
const unpackedBytesMax = 1024 * 1024 * 1024;
const integrityPattern = /^sha(1|256|384|512)-[A-Za-z0-9+/]+=*$/;
const placePattern = /^node_modules\/(@[^/@.][^/]*\/)?[^/@.][^/]*(\/node_modules\/(@[^/@.][^/]*\/)?[^/@.][^/]*)*$/;

/**
 * The entry of the list among a release's files.
 * @throws {TrustError} MIX_AND_MATCH when the release has none, ENDLESS_DATA when it is longer than any list
 */
export function moduleListFile(manifest: Pick<ReleaseManifest, 'files'>): ReleaseFile {
  const file = manifest.files.find(({ path }) => path === moduleListPath);
  if (file === undefined) throw new TrustError('MIX_AND_MATCH', 'The release does not list its modules.');
  if (file.length > bytesMax) throw new TrustError('ENDLESS_DATA', `The list of modules has more than ${bytesMax} bytes.`);
  return file;
}

/** The bytes of a module list: canonical JSON of what its own parser accepts. @throws {TrustError} MALFORMED */
export function encodeModuleList(list: ModuleList): Uint8Array {
  return canonicalJson(parseModuleList(list));
}

/**
 * Reads the `modules.json` of a release, whose digest the signed manifest holds.
 * @param lockDigest the manifest's: the list must be that of this very lock
 * @throws {TrustError} ENDLESS_DATA, MALFORMED, MIX_AND_MATCH
 */
export function readModuleList(bytes: Uint8Array, lockDigest: string): ModuleList {
  if (bytes.length > bytesMax) throw new TrustError('ENDLESS_DATA', `The list of modules has more than ${bytesMax} bytes.`);
  const list = parseModuleList(parseCanonicalJson(bytes));
  if (list.lockDigest !== lockDigest) {
    throw new TrustError('MIX_AND_MATCH', `The list of modules belongs to lock ${list.lockDigest}, the release has ${lockDigest}.`);
  }
  return list;
}

/** Reads a list of modules strictly: places inside the module tree, each once, in order. @throws {TrustError} MALFORMED */
export function parseModuleList(value: unknown): ModuleList {
  const members = readObject(value, '', ['lockDigest', 'modules', 'omitted']);
  const modules = readArray(members['modules'], '/modules', modulesMax, parseModule);
  const omitted = readArray(members['omitted'], '/omitted', modulesMax, readPlace);
  requireAscending(
    modules.map((module) => module.path),
    '/modules',
  );
  requireAscending(omitted, '/omitted');
  const folded = new Set(modules.map((module) => module.path.toLowerCase()));
  if (folded.size !== modules.length) throw malformed('/modules', 'paths that differ in more than their case');
  return { lockDigest: readDigest(members['lockDigest'], '/lockDigest'), modules, omitted };
}

function requireAscending(paths: readonly string[], at: string): void {
  const disorder = paths.findIndex((path, index) => index > 0 && (paths[index - 1] ?? '') >= path);
  if (disorder !== -1) throw malformed(`${at}/${disorder}`, 'paths in ascending order, each once');
}

function parseModule(value: unknown, at: string): ReleaseModule {
  const members = readObject(
    value,
    at,
    ['path', 'name', 'version', 'integrity', 'sha256', 'length', 'unpackedLength'],
    ['os', 'cpu', 'libc', 'optional'],
  );
  const words = (name: 'os' | 'cpu' | 'libc'): { [key in typeof name]?: string[] } =>
    Object.hasOwn(members, name)
      ? { [name]: readArray(members[name], `${at}/${name}`, 40, (word, where) => readString(word, where, 40)) }
      : {};
  return {
    path: readPlace(members['path'], `${at}/path`),
    name: readNonEmpty(members['name'], `${at}/name`, 214),
    version: readNonEmpty(members['version'], `${at}/version`, 256),
    integrity: readString(members['integrity'], `${at}/integrity`, 200, integrityPattern),
    sha256: readDigest(members['sha256'], `${at}/sha256`),
    length: readInteger(members['length'], `${at}/length`, 0, tarballBytesMax),
    unpackedLength: readInteger(members['unpackedLength'], `${at}/unpackedLength`, 0, unpackedBytesMax),
    ...words('os'),
    ...words('cpu'),
    ...words('libc'),
    ...(Object.hasOwn(members, 'optional') ? { optional: parseOptional(members['optional'], `${at}/optional`) } : {}),
  };
}

function parseOptional(value: unknown, at: string): NonNullable<ReleaseModule['optional']> {
  const { dependents, requires } = readObject(value, at, ['dependents', 'requires']);
  const readDependent = (path: unknown, where: string): string => (path === '' ? '' : readPlace(path, where));
  return {
    dependents: readArray(dependents, `${at}/dependents`, 10_000, readDependent),
    requires: readArray(requires, `${at}/requires`, 10_000, readPlace),
  };
}

function readNonEmpty(value: unknown, at: string, lengthMax: number): string {
  const text = readString(value, at, lengthMax);
  if (text === '') throw malformed(at, 'a text that is not empty');
  return text;
}

function readPlace(value: unknown, at: string): string {
  const path = readString(value, at, 300);
  if (!isSafePath(path) || !placePattern.test(path)) throw malformed(at, 'a place of a package below node_modules');
  return path;
}
