import type { SnapshotParts } from './snapshot-parts.ts';

/** A module that is new, gone, or another version. `direct`: flows or the project ask for it; others come along with those. */
export type ModuleChange = {
  name: string;
  direct: boolean;
  /** Exact version where there is a lock, else what is asked for; null where it is absent. */
  before: string | null;
  after: string | null;
  /** True when the version is the same but the content is not: another integrity or source. */
  contentChanged: boolean;
};

type Installed = { version: string; content: string };

/**
 * Changed modules: direct ones first, by name. A module that occurs in several versions is named once for each place. When only one side has
 * a lock, nobody knows which indirect modules the other would get: then the direct ones are compared alone.
 */
export function compareModules(before: SnapshotParts, after: SnapshotParts): ModuleChange[] {
  const isComparable = isLocked(before) === isLocked(after);
  const [old, current] = isComparable ? [installed(before), installed(after)] : [direct(before), direct(after)];
  const changes = [...new Set([...old.keys(), ...current.keys()])].flatMap((place): ModuleChange[] => {
    const [was, is] = [old.get(place), current.get(place)];
    if (was?.version === is?.version && was?.content === is?.content) return [];
    const name = nameOf(place);
    const isDirect =
      place === `node_modules/${name}` && [before, after].some(({ dependencies }) => Object.hasOwn(dependencies ?? {}, name));
    return [
      { name, direct: isDirect, before: was?.version ?? null, after: is?.version ?? null, contentChanged: was?.version === is?.version },
    ];
  });
  return changes.sort((left, right) => Number(right.direct) - Number(left.direct) || (left.name < right.name ? -1 : 1));
}

const isLocked = ({ locked }: SnapshotParts): boolean => Object.keys(locked ?? {}).length > 0;

/** What is asked for, in the version of the lock where there is one; the content is not known on both sides. */
function direct({ dependencies = {}, locked }: SnapshotParts): Map<string, Installed> {
  const entries = Object.entries(dependencies).map(([name, asked]): [string, Installed] => {
    const place = `node_modules/${name}`;
    return [place, { version: locked?.[place]?.version ?? asked, content: '' }];
  });
  return new Map(entries);
}

function installed({ dependencies = {}, locked }: SnapshotParts): Map<string, Installed> {
  const found = new Map<string, Installed>();
  for (const [name, version] of Object.entries(dependencies)) found.set(`node_modules/${name}`, { version, content: '' });
  for (const [place, { version, resolved, integrity }] of Object.entries(locked ?? {})) {
    found.set(place, { version: version ?? 'linked', content: `${integrity ?? ''} ${integrity === null ? resolved : ''}` });
  }
  return found;
}

/** The module at a place: what follows the last `node_modules/`. */
function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
