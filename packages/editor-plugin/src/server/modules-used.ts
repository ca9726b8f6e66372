import { isBuiltin } from 'node:module';
import type { FlowEntry, NodeSet } from '../node-red.ts';

/** The modules that flows need, and the types of nodes for which there is none. */
export type ModulesUsed = {
  /** Module → exact version, as installed. */
  dependencies: Record<string, string>;
  /** Types that this Node-RED does not know. */
  missing: string[];
  /** Types that lie in a folder of this Node-RED and belong to no module. */
  withoutModule: string[];
};

/** Types that are no nodes: the runtime and the editor make of them what they are. */
const structural = new Set(['tab', 'subflow', 'group']);

/** The name of a module in what a function node asks for: `moment@2`, `@scope/name/part`. Undefined for what Node itself brings. */
function moduleName(asked: string): string | undefined {
  const name = /^(@[^/@]+\/[^/@]+|[^/@]+)/.exec(asked)?.[0];
  return name === undefined || name.startsWith('.') || isBuiltin(asked) || isBuiltin(name) ? undefined : name;
}

function librariesOf(flows: readonly FlowEntry[]): string[] {
  const asked = flows.flatMap((entry): unknown[] => (entry.type === 'function' && Array.isArray(entry['libs']) ? entry['libs'] : []));
  const names = asked.map((library) =>
    typeof library === 'object' && library !== null ? (Reflect.get(library, 'module') as unknown) : undefined,
  );
  return names.flatMap((name) => (typeof name === 'string' ? (moduleName(name) ?? []) : []));
}

/**
 * Finds the modules behind the types of nodes and the libraries of functions.
 * @param installedVersion the version of a module in Node-RED's user folder; undefined when it is not there
 */
export function modulesUsed(
  flows: readonly FlowEntry[],
  nodeSets: readonly NodeSet[],
  installedVersion: (module: string) => string | undefined,
): ModulesUsed {
  const byType = new Map(nodeSets.flatMap((set) => set.types.map((type) => [type, set] as const)));
  const types = new Set(flows.map(({ type }) => type).filter((type) => !structural.has(type) && !type.startsWith('subflow:')));
  const found = new Map<string, string>();
  const [missing, withoutModule]: [string[], string[]] = [[], []];
  for (const type of types) {
    const set = byType.get(type);
    if (set === undefined) missing.push(type);
    else if (set.module === undefined || set.version === undefined) withoutModule.push(type);
    else if (set.module !== 'node-red') found.set(set.module, set.version);
  }
  for (const name of librariesOf(flows)) {
    const version = installedVersion(name);
    if (version !== undefined) found.set(name, version);
  }
  const dependencies = Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
  return { dependencies, missing: missing.sort(), withoutModule: withoutModule.sort() };
}
