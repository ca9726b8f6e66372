import { ltr, satisfies, subset, valid, validRange } from 'semver';
import type { Advisory } from './advisories.ts';
import { isDenied } from './licence-expression.ts';
import { label } from './lock-tree.ts';
import type { Observation, RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

/** A module in a version, and how it came in. */
type Used = { name: string; version: string | null; way: string };

/** All modules of the tree; without a lock those that package.json asks for, which have a version only if it is exact. */
function usedModules({ tree, snapshot }: RuleInput): (Used & { licence: string | null; nodeRange: string | null; isDirect: boolean })[] {
  if (tree === null) {
    return Object.entries(snapshot.dependencies ?? {}).map(([name, asked]) => ({
      name,
      version: valid(asked),
      way: name,
      licence: null,
      nodeRange: null,
      isDirect: true,
    }));
  }
  return tree.packages.map((item) => {
    const chain = tree.chain(item);
    const { name, version, licence, nodeRange } = item;
    return { name, version, licence, nodeRange, way: chain.join(' → '), isDirect: chain.length === 1 };
  });
}

function vulnerable(input: RuleInput): Observation[] {
  const byModule = Map.groupBy(input.options.advisories ?? [], ({ module }) => module);
  if (byModule.size === 0) return [];
  return usedModules(input).flatMap(({ name, version, way }) =>
    (byModule.get(name) ?? [])
      .filter((advisory) => isConcerned(advisory, version, input.snapshot.dependencies?.[name]))
      .map((advisory) => observeAdvisory(advisory, { name, version, way })),
  );
}

/** Without a known version it counts when every version that may be installed is concerned. */
function isConcerned({ range }: Advisory, version: string | null, asked: string | undefined): boolean {
  if (version !== null) return satisfies(version, range, { includePrerelease: true, loose: true });
  return asked !== undefined && validRange(asked) !== null && subset(asked, range);
}

function observeAdvisory({ id, severity, title, url, fixedIn }: Advisory, { name, version, way }: Used): Observation {
  const isIndirect = way.includes(' → ');
  return {
    module: name,
    place: id,
    message: `${label({ name, version })} has a known weakness (${id}, ${severity}): ${title}${isIndirect ? `. It came in by ${way}` : ''}.`,
    fix: `${fixedIn === null ? 'There is no version without it: replace the module' : `Use version ${fixedIn} or newer`}${
      isIndirect ? ', by a newer version of what asks for it' : ''
    }${url === null ? '' : `; see ${url}`}.`,
    ...(severity === 'low' || severity === 'moderate' ? { atMost: 'warn' as const } : {}),
  };
}

function tooOld(input: RuleInput): Observation[] {
  const { nodeRed = null, node = null } = input.snapshot.runtime ?? {};
  // npm installs indirect packages against their `engines`, too, and they mostly run; what package.json asks for was chosen for this runtime.
  return usedModules(input)
    .filter(({ isDirect }) => isDirect)
    .flatMap(({ name, version, nodeRange }): Observation[] => {
      const metadata = input.metadataOf(name, version);
      const asked = [
        { what: 'Node-RED', has: nodeRed, range: metadata.nodeRedRange },
        { what: 'Node', has: node, range: metadata.nodeRange ?? nodeRange ?? undefined },
      ];
      return asked.flatMap(({ what, has, range }): Observation[] => {
        if (has === null || range === undefined || !isBelow(has, range)) return [];
        return [
          {
            module: name,
            place: what,
            message: `${label({ name, version })} needs ${what} ${range}; this snapshot runs on ${what} ${has}.`,
            fix: `Use an older version of ${name}, or a newer ${what}.`,
          },
        ];
      });
    });
}

function isBelow(version: string, range: string): boolean {
  return valid(version) !== null && validRange(range) !== null && ltr(version, range);
}

function deniedLicences(input: RuleInput): Observation[] {
  const { deniedLicences: denied } = input.options;
  if (denied === undefined || denied.length === 0) return [];
  return usedModules(input).flatMap(({ name, version, licence: locked, way }): Observation[] => {
    const licence = input.metadataOf(name, version).licence ?? locked;
    if (!isDenied(licence ?? 'UNKNOWN', denied)) return [];
    return [
      {
        module: name,
        ...(version === null ? {} : { place: version }),
        message: `${label({ name, version })} ${licence === null ? 'does not say under which licence it stands' : `stands under ${licence}`}${way.includes(' → ') ? ` (${way})` : ''}.`,
        fix: `Replace it by a module with another licence, or have it cleared and waive this with the reason.`,
      },
    ];
  });
}

export const riskRules = {
  module_vulnerable: {
    title: 'Modules with known weaknesses',
    why: 'How to use the weakness is public.',
    defaultSeverity: 'block',
    check: vulnerable,
  },
  runtime_too_old: {
    title: 'Runtime too old for a module',
    why: 'Node-RED does not load a module that asks for a newer Node-RED, and code for a newer Node fails when it is first reached.',
    defaultSeverity: 'block',
    check: tooOld,
  },
  licence_denied: {
    title: 'Licences that are denied',
    why: 'Delivering the module with a machine may bind you to terms that were ruled out.',
    defaultSeverity: 'block',
    check: deniedLicences,
  },
} as const satisfies RuleFamily;
