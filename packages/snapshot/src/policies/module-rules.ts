import type { FlowNode } from '../flows/flow-node.ts';
import { isObject } from '../json.ts';
import { isBuiltIn, isCoreType, isKnownModule, usualModule } from './known-modules.ts';
import { called, listed } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

/** Modules that Node-RED finds: what package.json asks for, and what stands beside it in the module tree. */
function isInstalled(name: string, { snapshot, tree }: RuleInput): boolean {
  return Object.hasOwn(snapshot.dependencies ?? {}, name) || tree?.direct(name) !== undefined;
}

/** Modules of package.json whose types of nodes are not known: any of them may bring a type that seems to be missing. */
function unknownModules({ snapshot, metadataOf }: RuleInput): string[] {
  return Object.keys(snapshot.dependencies ?? {}).filter(
    (name) => name !== 'node-red' && !isKnownModule(name) && metadataOf(name, null).nodeTypes === undefined,
  );
}

type Needed = { module: string | undefined; nodes: FlowNode[] };

/** Types of nodes that no installed module is known to bring, by the module that usually does. */
function missingTypes(input: RuleInput): Needed[] {
  const brought = new Set(Object.keys(input.snapshot.dependencies ?? {}).flatMap((name) => input.metadataOf(name, null).nodeTypes ?? []));
  const needed = new Map<string, Needed>();
  // Disabled and unused nodes count, too (@node-red/runtime lib/flows/util.js, parseConfig).
  for (const node of input.flows.nodes) {
    if (isCoreType(node.type) || brought.has(node.type)) continue;
    const module = usualModule(node.type);
    if (module !== undefined && isInstalled(module, input)) continue;
    const key = module ?? `type ${node.type}`;
    const known = needed.get(key);
    if (known === undefined) needed.set(key, { module, nodes: [node] });
    else known.nodes.push(node);
  }
  return [...needed.values()];
}

function missingModules(input: RuleInput): Observation[] {
  if (input.snapshot.dependencies === undefined) return [];
  const unknown = unknownModules(input);
  const ofTypes = missingTypes(input).flatMap(({ module, nodes }): Observation[] => {
    const [node] = nodes;
    // Without a usual module, one of those that are not known will be it.
    if (node === undefined || (module === undefined && unknown.length > 0)) return [];
    const types = [...new Set(nodes.map(({ type }) => type))];
    return [
      {
        node,
        ...(module === undefined ? {} : { module }),
        name: module ?? node.type,
        message: `No module of package.json is known to bring ${listed(types)}, which ${called(node)}${nodes.length > 1 ? ` and ${nodes.length - 1} more` : ''} needs.`,
        fix: `Add ${module ?? 'the module that brings it'} to the dependencies of package.json and lock again, or remove the nodes.`,
        ...(unknown.length > 0 ? { atMost: 'warn' as const } : {}),
      },
    ];
  });
  return [...ofTypes, ...modulesOfGlobalConfig(input)];
}

/** For Node-RED an instance of a subflow that is not there is a node of an unknown type. */
function missingSubflows({ flows }: RuleInput): Observation[] {
  return flows.nodes.flatMap((node) => {
    if (!node.type.startsWith('subflow:') || flows.node(node.type.slice('subflow:'.length))?.type === 'subflow') return [];
    return [
      {
        node,
        message: `${called(node)} is an instance of a subflow that is not in these flows.`,
        fix: 'Import the subflow, too, or remove the node.',
      },
    ];
  });
}

/** The editor writes the modules that flows need into global-config when it exports them. */
function modulesOfGlobalConfig(input: RuleInput): Observation[] {
  return input.flows.nodes
    .filter(({ type }) => type === 'global-config')
    .flatMap((node) =>
      Object.keys(isObject(node['modules']) ? node['modules'] : {})
        .filter((name) => name !== 'node-red' && !isInstalled(name, input))
        .map((module) => ({
          node,
          module,
          name: module,
          message: `These flows were exported with nodes of ${module}, which package.json does not ask for.`,
          fix: `Add ${module} to the dependencies of package.json and lock again.`,
        })),
    );
}

function missingLibraries(input: RuleInput): Observation[] {
  if (input.snapshot.dependencies === undefined) return [];
  return input.flows.nodes.flatMap((node) => {
    // A disabled tab does not help here (@node-red/registry lib/externalModules.js, checkFlowDependencies).
    const libraries = node.type === 'function' && node['d'] !== true && Array.isArray(node['libs']) ? node['libs'].filter(isObject) : [];
    return libraries.flatMap(({ module: written }): Observation[] => {
      const module = typeof written === 'string' ? packageName(written) : '';
      if (module === '' || isBuiltIn(module) || isInstalled(module, input)) return [];
      return [
        {
          node,
          module,
          place: module,
          message: `${called(node)} uses the module ${module}, which package.json does not ask for.`,
          fix: `Add ${module} to the dependencies of package.json and lock again.`,
        },
      ];
    });
  });
}

/** `@a/b/c@1.2.3` → `@a/b`; anything that is no name of a module → ''. */
function packageName(written: string): string {
  return /^(?:node:)?(?:@[^/@\s]+\/)?[^/@\s]+/.exec(written.trim())?.[0] ?? '';
}

export const moduleRules = {
  subflow_missing: {
    title: 'Subflows that are missing',
    why: 'Node-RED does not start any flow while the type of one node is unknown: the device would stand still.',
    defaultSeverity: 'block',
    check: missingSubflows,
  },
  module_missing: {
    title: 'Modules that are missing',
    why: 'Node-RED does not start any flow while the type of one node is unknown, even of a disabled one: the device would stand still.',
    defaultSeverity: 'block',
    check: missingModules,
  },
  function_module_missing: {
    title: 'Modules of functions that are missing',
    why: 'Devices install nothing by themselves, and Node-RED does not start any flow while a function lacks its module.',
    defaultSeverity: 'block',
    check: missingLibraries,
  },
} as const satisfies RuleFamily;
