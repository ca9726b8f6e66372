import { valid } from 'semver';
import { label, type TreePackage } from './lock-tree.ts';
import { fitsAny } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

const publicRegistry = 'https://registry.npmjs.org/';

/** A dependency as package.json asks for it, when it is neither a version, a range nor a tag. */
const notFromRegistry = /^(?:git|github|gitlab|bitbucket|gist|file|link|https?|ssh)\b.*:|^[^@\s]+\/[^\s]+$|^\.{0,2}\//i;

function foreign({ tree, options, snapshot }: RuleInput): Observation[] {
  const registries = [publicRegistry, ...(options.registries ?? [])];
  if (tree === null) return Object.entries(snapshot.dependencies ?? {}).flatMap(([name, asked]) => foreignDependency(name, asked));
  return tree.packages.flatMap((item): Observation[] => {
    const source = sourceOf(item, registries);
    if (source === null) return [];
    const root = tree.rootOf(item);
    return [
      {
        module: item.name,
        place: item.version ?? item.place,
        message: `${label(item)} comes from ${source}, not from a configured registry: ${tree.chain(item).join(' → ')}.`,
        fix: `Choose a version of ${root.name} that does not need it${known.get(root.name) ?? ''}, or publish the package in a configured registry and lock again.`,
      },
    ];
  });
}

/** Where others have been before. */
const known: ReadonlyMap<string, string> = new Map([['node-red-contrib-modbus', ' (those before 5.45, such as 5.23.3)']]);

/** What a package comes from, in words without anything secret that the address may hold; null for a registry. */
function sourceOf({ resolved, isBundled, isLink }: TreePackage, registries: readonly string[]): string | null {
  if (isLink) return 'a folder';
  // npm can leave the address out (omit-lockfile-registry-resolved); then it is the registry's.
  if (resolved === null || isBundled) return null;
  if (registries.some((registry) => resolved.startsWith(withSlash(registry)))) return null;
  if (resolved.startsWith('file:')) return 'a file';
  const { protocol, host } = URL.parse(resolved) ?? { protocol: '', host: '' };
  if (protocol.startsWith('git')) return `the git repository at ${host === '' ? 'another host' : host}`;
  return host === '' ? 'elsewhere' : host;
}

function withSlash(address: string): string {
  return address.endsWith('/') ? address : `${address}/`;
}

function foreignDependency(module: string, asked: string): Observation[] {
  if (!notFromRegistry.test(asked)) return [];
  return [
    {
      module,
      message: `${module} is asked for by an address, not by a version of a registry.`,
      fix: 'Publish it in a configured registry and ask for its version.',
    },
  ];
}

function unpinned({ snapshot, tree, options }: RuleInput): Observation[] {
  return Object.entries(snapshot.dependencies ?? {}).flatMap(([module, asked]): Observation[] => {
    if (valid(asked) !== null || notFromRegistry.test(asked)) return [];
    const locked = tree?.direct(module)?.version ?? null;
    if (locked !== null && options.exactVersions !== true) return [];
    return [
      {
        module,
        message: `${module} is asked for as ${asked === '' ? '*' : asked}${locked === null ? ', and no lock pins it' : `; the lock pins it at ${locked}, until the next one is made`}.`,
        fix: `Ask for an exact version${locked === null ? ', or add the package-lock.json' : `: "${locked}"`}.`,
      },
    ];
  });
}

function notAllowed({ snapshot, options }: RuleInput): Observation[] {
  const { allowedModules } = options;
  if (allowedModules === undefined) return [];
  return Object.keys(snapshot.dependencies ?? {})
    .filter((module) => module !== 'node-red' && !fitsAny(module, allowedModules))
    .map((module) => ({
      module,
      message: `${module} is not on the list of allowed modules.`,
      fix: 'Use a module that is on the list, or have this one checked and added.',
    }));
}

export const sourceRules = {
  module_unpinned: {
    title: 'Modules without a fixed version',
    why: 'What is installed then depends on the day: two devices of one release could run different code.',
    defaultSeverity: 'warn',
    check: unpinned,
  },
  module_not_allowed: {
    title: 'Modules that are not allowed',
    why: 'Modules are code with all rights of the runtime; the list holds those that someone has checked.',
    defaultSeverity: 'block',
    check: notAllowed,
  },
  module_from_elsewhere: {
    title: 'Modules from outside the registry',
    why: 'A host or repository that nobody here watches can change or vanish, and is not reachable from a closed network.',
    defaultSeverity: 'block',
    check: foreign,
  },
} as const satisfies RuleFamily;
