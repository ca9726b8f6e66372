import { sha256Hex } from '@sluice/trust';
import { SnapshotError } from '../errors.ts';
import { isObject, type JsonObject, type JsonValue, pointerPart, readJson } from '../json.ts';

/** A place in the module tree, as npm's lock describes it. Members that the lock leaves out are null. */
export type LockedPackage = { version: string | null; resolved: string | null; integrity: string | null; link: boolean };

/** An npm lock (package-lock.json, version 2 or 3). */
export type Lock = {
  lockfileVersion: 2 | 3;
  /** What the lock's root asks for: the dependencies of the package.json it was made from. */
  rootDependencies: ReadonlyMap<string, string>;
  /** By place, such as `node_modules/a/node_modules/b`. Without the root. */
  packages: ReadonlyMap<string, LockedPackage>;
  /** The file as stored and delivered: the same JSON, written with two spaces, so that line ends and indentation do not matter. */
  bytes: Uint8Array;
};

const bytesMax = 32 * 1024 * 1024;
const depthMax = 32;
const packagesMax = 50_000;

/**
 * Reads a package-lock.json.
 * @throws {SnapshotError} LOCK_MALFORMED
 */
export function parseLock(source: string | Uint8Array): Lock {
  const length = typeof source === 'string' ? Buffer.byteLength(source) : source.length;
  if (length > bytesMax) throw malformed(`it has ${length} bytes; at most ${bytesMax} are allowed`);
  const outcome = readJson(source, depthMax);
  if ('problem' in outcome) throw malformed(outcome.problem);
  if (!isObject(outcome.value)) throw malformed('it is not an object');
  const document = outcome.value;
  const lockfileVersion = document['lockfileVersion'];
  if (lockfileVersion !== 2 && lockfileVersion !== 3) {
    throw malformed(
      'only lockfileVersion 2 and 3 are supported; run "npm install --package-lock-only" with npm 7 or newer',
      '/lockfileVersion',
    );
  }
  const places = document['packages'];
  if (!isObject(places)) throw malformed('it has no "packages"', '/packages');
  if (Object.keys(places).length > packagesMax) throw malformed(`it has more than ${packagesMax} packages`, '/packages');
  return {
    lockfileVersion,
    rootDependencies: readRoot(places),
    packages: readPackages(places),
    bytes: new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`),
  };
}

/** The digest that names a module tree: SHA-256 of the lock as delivered, which is also its digest in the release manifest. */
export function lockDigest(lock: Lock): string {
  return sha256Hex(lock.bytes);
}

function readRoot(places: JsonObject): ReadonlyMap<string, string> {
  const root = Object.hasOwn(places, '') ? places[''] : undefined;
  if (!isObject(root)) throw malformed('it does not say which package it belongs to', '/packages/');
  const dependencies = Object.hasOwn(root, 'dependencies') ? root['dependencies'] : {};
  if (!isObject(dependencies)) throw malformed('its dependencies are not an object', '/packages//dependencies');
  return new Map(
    Object.entries(dependencies).map(([name, specification]) => {
      if (typeof specification !== 'string') throw malformed('a version is not text', `/packages//dependencies${pointerPart(name)}`);
      return [name, specification];
    }),
  );
}

function readPackages(places: JsonObject): ReadonlyMap<string, LockedPackage> {
  return new Map(
    Object.entries(places)
      .filter(([place]) => place !== '')
      .map(([place, value]) => {
        const pointer = `/packages${pointerPart(place)}`;
        // npm unpacks into these places, so one outside the module tree would be a way out of the release's folder.
        if (!isModulePlace(place)) throw malformed('a package stands outside node_modules', pointer);
        if (!isObject(value)) throw malformed('a package is not an object', pointer);
        return [place, readPackage(value, pointer)];
      }),
  );
}

function isModulePlace(place: string): boolean {
  return (
    /^node_modules\//.test(place) && place.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !place.includes('\\')
  );
}

function readPackage(value: JsonObject, pointer: string): LockedPackage {
  const text = (name: string): string | null => {
    const member: JsonValue | undefined = Object.hasOwn(value, name) ? value[name] : undefined;
    if (member === undefined) return null;
    if (typeof member !== 'string') throw malformed(`"${name}" is not text`, pointer + pointerPart(name));
    return member;
  };
  return { version: text('version'), resolved: text('resolved'), integrity: text('integrity'), link: value['link'] === true };
}

function malformed(why: string, pointer = ''): SnapshotError {
  return new SnapshotError('LOCK_MALFORMED', `The package-lock.json cannot be used: ${why}.`, { pointer });
}
