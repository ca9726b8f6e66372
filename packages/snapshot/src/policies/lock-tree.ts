import { isObject, type JsonObject, type JsonValue } from '../json.ts';

/** A package of a lock, as far as rules ask. */
export type TreePackage = {
  place: string;
  name: string;
  version: string | null;
  resolved: string | null;
  licence: string | null;
  nodeRange: string | null;
  /** Part of another package's tarball, so it has no source of its own. */
  isBundled: boolean;
  isLink: boolean;
};

/** The packages that a lock installs for production, and who asks for them. */
export class LockTree {
  readonly packages: readonly TreePackage[];
  readonly #byPlace: ReadonlyMap<string, TreePackage>;
  /** Place → the place that asked for it first, by the shortest way from the root (''). */
  readonly #askedBy: ReadonlyMap<string, string>;

  constructor(packages: Readonly<Record<string, JsonValue>>) {
    const entries = Object.entries(packages).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
    const installed = entries.filter(([place, value]) => place !== '' && value['dev'] !== true);
    this.packages = installed.map(([place, value]) => readPackage(place, value));
    this.#byPlace = new Map(this.packages.map((item) => [item.place, item]));
    this.#askedBy = whoAsked(new Map(entries));
  }

  /** The package that the root's dependency of this name leads to. */
  direct(name: string): TreePackage | undefined {
    return this.#byPlace.get(`node_modules/${name}`);
  }

  /** From a dependency of the root to the package, such as `a 1.0.0`, `b 2.1.0`. */
  chain(item: TreePackage): string[] {
    const names: string[] = [];
    for (let place: string | undefined = item.place; place !== undefined && place !== ''; place = this.#askedBy.get(place)) {
      const step = this.#byPlace.get(place);
      names.unshift(step === undefined ? place : label(step));
    }
    return names;
  }

  /** The dependency of the root through which the package came in. */
  rootOf(item: TreePackage): TreePackage {
    let root = item;
    for (let place = this.#askedBy.get(item.place); place !== undefined && place !== ''; place = this.#askedBy.get(place)) {
      root = this.#byPlace.get(place) ?? root;
    }
    return root;
  }
}

/** A package as people call it. */
export function label({ name, version }: Pick<TreePackage, 'name' | 'version'>): string {
  return version === null ? name : `${name} ${version}`;
}

const modulesFolder = 'node_modules/';

function readPackage(place: string, value: JsonObject): TreePackage {
  const text = (member: JsonValue | undefined): string | null => (typeof member === 'string' && member !== '' ? member : null);
  const { license, engines } = value;
  return {
    place,
    // An alias is installed under another name than its own.
    name: text(value['name']) ?? place.slice(place.lastIndexOf(modulesFolder) + modulesFolder.length),
    version: text(value['version']),
    resolved: text(value['resolved']),
    licence: text(isObject(license) ? license['type'] : license),
    nodeRange: isObject(engines) ? text(engines['node']) : null,
    isBundled: value['inBundle'] === true,
    isLink: value['link'] === true,
  };
}

function whoAsked(packages: ReadonlyMap<string, JsonObject>): ReadonlyMap<string, string> {
  const askedBy = new Map<string, string>();
  const queue = [''];
  for (const place of queue) {
    for (const name of dependencyNames(packages.get(place))) {
      const found = resolvePlace(packages, place, name);
      if (found === undefined || askedBy.has(found)) continue;
      askedBy.set(found, place);
      queue.push(found);
    }
  }
  return askedBy;
}

function dependencyNames(value: JsonObject | undefined): string[] {
  return ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) => {
    const dependencies = value?.[kind];
    return isObject(dependencies) ? Object.keys(dependencies) : [];
  });
}

/** Where Node looks: beside the package's own modules, then in each folder above. */
function resolvePlace(packages: ReadonlyMap<string, JsonObject>, from: string, name: string): string | undefined {
  for (let place = from; ; place = place.slice(0, Math.max(place.lastIndexOf(`/${modulesFolder}`), 0))) {
    const candidate = place === '' ? modulesFolder + name : `${place}/${modulesFolder}${name}`;
    if (packages.has(candidate)) return candidate;
    if (place === '') return undefined;
  }
}
