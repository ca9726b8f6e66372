import { isObject, type JsonObject, type JsonValue, readJson } from '../json.ts';
import type { Lock } from './lock.ts';

/** A package that a release has to bring, as the lock names it. Members that the lock leaves out are null or absent. */
export type LockedModule = {
  /** Its place, such as `node_modules/a/node_modules/b`. */
  path: string;
  /** The name in the registry; under an alias it is not the one in the path. */
  name: string;
  version: string | null;
  resolved: string | null;
  integrity: string | null;
  link: boolean;
  license: string | null;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  /** Present when the tree works without it: whose sake it is there for (`''`: the release), and which optional packages it needs itself. */
  optional?: { dependents: string[]; requires: string[] };
};

type Edge = { name: string; required: boolean };
type Place = { path: string; value: JsonObject; edges: Edge[] };

const depthMax = 32;

/**
 * The packages of a lock that `npm ci --omit=dev` would unpack on one platform or another, in ascending order of paths. What travels inside the
 * tarball of another package (`inBundle`) is not listed.
 */
export function lockedModules(lock: Lock): LockedModule[] {
  const places = placesOf(lock);
  const dependents = dependentsOf(places);
  return [...places.values()]
    .filter(({ path, value }) => path !== '' && value['inBundle'] !== true)
    .map((place) => moduleOf(place, places, dependents))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** A package that travels inside the tarball of another. */
export type BundledModule = { path: string; name: string; version: string | null; license: string | null };

/** The packages that `lockedModules` leaves out because another one brings them, in ascending order of paths. */
export function bundledModules(lock: Lock): BundledModule[] {
  return [...placesOf(lock).values()]
    .filter(({ path, value }) => path !== '' && value['inBundle'] === true)
    .map(({ path, value }) => ({
      path,
      name: textOf(value['name']) ?? nameIn(path),
      version: textOf(value['version']),
      license: textOf(value['license']),
    }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

function placesOf(lock: Lock): Map<string, Place> {
  const outcome = readJson(lock.bytes, depthMax);
  const document = 'value' in outcome && isObject(outcome.value) ? outcome.value : {};
  const packages = isObject(document['packages']) ? document['packages'] : {};
  const places = new Map<string, Place>();
  for (const [path, value] of Object.entries(packages)) {
    if (isObject(value) && value['dev'] !== true) places.set(path, { path, value, edges: edgesOf(value) });
  }
  return places;
}

function moduleOf(place: Place, places: ReadonlyMap<string, Place>, dependents: ReadonlyMap<string, Set<string>>): LockedModule {
  const { path, value } = place;
  const words = (name: 'os' | 'cpu' | 'libc'): { [key in typeof name]?: string[] } => {
    const list = wordsOf(value[name]);
    return list.length === 0 ? {} : { [name]: list };
  };
  return {
    path,
    name: textOf(value['name']) ?? nameIn(path),
    version: textOf(value['version']),
    resolved: textOf(value['resolved']),
    integrity: textOf(value['integrity']),
    link: value['link'] === true,
    license: textOf(value['license']),
    ...words('os'),
    ...words('cpu'),
    ...words('libc'),
    ...(isOptional(value) ? { optional: { dependents: sorted(dependents.get(path)), requires: requiresOf(place, places) } } : {}),
  };
}

/** The optional packages that a package needs: without one of them it cannot be installed itself. */
function requiresOf({ path, edges }: Place, places: ReadonlyMap<string, Place>): string[] {
  const found = edges.filter((edge) => edge.required).map((edge) => resolve(places, path, edge.name));
  return sorted(found.flatMap((target) => (target !== undefined && isOptional(target.value) ? [owner(places, target.path)] : [])));
}

/** Who leads to a package, by its place. */
function dependentsOf(places: ReadonlyMap<string, Place>): Map<string, Set<string>> {
  const dependents = new Map<string, Set<string>>();
  for (const { path, edges } of places.values()) {
    const from = owner(places, path);
    for (const { name } of edges) {
      const target = resolve(places, path, name);
      if (target === undefined || target.path === from) continue;
      const known = dependents.get(target.path) ?? new Set();
      dependents.set(target.path, known.add(from));
    }
  }
  return dependents;
}

/** A bundled package is there when the one that brings it is. */
function owner(places: ReadonlyMap<string, Place>, path: string): string {
  let at = path;
  while (places.get(at)?.value['inBundle'] === true) at = parent(at);
  return at;
}

/** Finds a package as Node does: from the dependent's own folder upwards. */
function resolve(places: ReadonlyMap<string, Place>, from: string, name: string): Place | undefined {
  for (let folder = from; ; folder = parent(folder)) {
    const found = places.get(folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`);
    if (found !== undefined || folder === '') return found;
  }
}

function parent(path: string): string {
  const cut = path.lastIndexOf('/node_modules/');
  return cut === -1 ? '' : path.slice(0, cut);
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function edgesOf(value: JsonObject): Edge[] {
  const meta = isObject(value['peerDependenciesMeta']) ? value['peerDependenciesMeta'] : {};
  const isOptionalPeer = (name: string): boolean => {
    const facts = Object.hasOwn(meta, name) ? meta[name] : undefined;
    return isObject(facts) && facts['optional'] === true;
  };
  const optional = namesOf(value['optionalDependencies']);
  return [
    ...namesOf(value['dependencies']).map((name) => ({ name, required: !optional.includes(name) })),
    ...optional.map((name) => ({ name, required: false })),
    ...namesOf(value['peerDependencies']).map((name) => ({ name, required: !isOptionalPeer(name) })),
  ];
}

function namesOf(value: JsonValue | undefined): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

function isOptional(value: JsonObject): boolean {
  return value['optional'] === true || value['devOptional'] === true;
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function wordsOf(value: JsonValue | undefined): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((word): word is string => typeof word === 'string');
}

function sorted(values: Iterable<string> | undefined): string[] {
  return [...new Set(values ?? [])].sort();
}
