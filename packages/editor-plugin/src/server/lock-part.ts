// The part of an npm lock (version 2 or 3) that some of its modules need.

/** A package of a lock; only what the plugin looks at. */
export type LockEntry = {
  version?: unknown;
  resolved?: unknown;
  link?: unknown;
  dependencies?: unknown;
  optionalDependencies?: unknown;
  peerDependencies?: unknown;
};
export type LockPackages = Readonly<Record<string, LockEntry>>;

/** The members of an object that are texts. */
export function textMembers(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Where a package finds a module: beside its own modules, else further up, as Node looks for it. */
function resolvePlace(packages: LockPackages, from: string, name: string): string | undefined {
  let folder = from;
  for (;;) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (Object.hasOwn(packages, place)) return place;
    if (folder === '') return undefined;
    const parent = folder.lastIndexOf('/node_modules/');
    folder = parent === -1 ? '' : folder.slice(0, parent);
  }
}

/** The places of some modules and of everything they need, in the order of the lock. */
export function placesNeeded(packages: LockPackages, names: readonly string[]): string[] {
  const needed = new Set<string>();
  const waiting = names.flatMap((name) => resolvePlace(packages, '', name) ?? []);
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (needed.has(place)) continue;
    needed.add(place);
    const entry = packages[place] ?? {};
    const wanted = [entry.dependencies, entry.optionalDependencies, entry.peerDependencies].flatMap((each) =>
      Object.keys(textMembers(each)),
    );
    for (const name of wanted) waiting.push(...[resolvePlace(packages, place, name) ?? []].flat());
  }
  return Object.keys(packages).filter((place) => needed.has(place));
}
