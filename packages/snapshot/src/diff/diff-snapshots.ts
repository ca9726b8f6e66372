// INVARIANTS
// - `applyDiff(before, diffSnapshots(before, after))` is `after`, byte by byte as JSON, the order of nodes and members included.
// - Two equal snapshots have an empty difference; moving nodes is cosmetic; classes do not depend on the order of members.
import type { FlowNode } from '../flows/flow-node.ts';
import { integrationsOf } from '../integrations/integration-map.ts';
import type { JsonObject } from '../json.ts';
import { type ChangeClass, changeClasses, gravest } from './change-class.ts';
import { factsOf } from './classify.ts';
import { diffJson, type JsonChange } from './json-diff.ts';
import { matchNodes } from './match-nodes.ts';
import { compareModules, type ModuleChange } from './modules-diff.ts';
import { diffNode, type NodeDiff } from './node-diff.ts';
import { compareIntegrations, type EndpointChange } from './outside.ts';
import { type Restart, type RestartReason, restartOf } from './restart/restart-set.ts';
import { type Risk, risksOf } from './risks.ts';
import { type Section, sectionsOf } from './sections.ts';
import type { SnapshotParts } from './snapshot-parts.ts';
import { compareVariables, type VariableChange } from './variables-diff.ts';

/** What changed between two snapshots, for people and for machines. Plain JSON data. */
export type SnapshotDiff = {
  counts: DiffCounts;
  /** The gravest class; null when nothing changed. */
  class: ChangeClass | null;
  /** The flows, tab by tab. */
  sections: Section[];
  modules: ModuleChange[];
  runtime: { nodeRed: VersionChange | null; node: VersionChange | null };
  variables: VariableChange[];
  settings: JsonChange[];
  endpoints: EndpointChange[];
  risks: Risk[];
  restart: Restart;
  /** Places before of the nodes that stay, in their order after; null when they kept their order. */
  order: number[] | null;
  /** What changed besides the flows, place by place: `/dependencies`, `/locked`, `/runtime`, `/variables`, `/settings`. */
  parts: JsonChange[];
};

export type VersionChange = { before: string | null; after: string | null };

export type DiffCounts = {
  /** How many nodes, modules, variables and settings have their gravest change in each class. */
  classes: Record<ChangeClass, number>;
  nodes: { added: number; removed: number; changed: number; cosmetic: number };
  restarting: number;
  endpoints: { added: number; removed: number; changed: number };
};

/** What two snapshots differ in. `variables`: values for one target, to resolve addresses with. */
export function diffSnapshots(
  before: SnapshotParts,
  after: SnapshotParts,
  options: { variables?: Readonly<Record<string, string>> } = {},
): SnapshotDiff {
  const { matches, order } = matchNodes(before.flows, after.flows);
  const facts = factsOf(before.flows, after.flows);
  const nodes = matches.flatMap((match) => diffNode(match, before.flows, after.flows, facts) ?? []);
  // Flows that differ in their looks only talk to the same world.
  const isOutsideTouched = nodes.some((diff) => diff.class !== 'cosmetic' && diff.class !== 'wiring');
  const map = (flows: SnapshotParts['flows']) => integrationsOf(flows, options);
  const endpoints = isOutsideTouched ? compareIntegrations(map(before.flows), map(after.flows)) : [];
  const risks = risksOf(endpoints, nodes, after.flows);
  const parts = diffJson(documentOf(before), documentOf(after));
  const found = {
    modules: compareModules(before, after),
    runtime: compareRuntime(before, after),
    variables: compareVariables(before.variables ?? [], after.variables ?? []),
    settings: diffJson(before.settings ?? {}, after.settings ?? {}),
  };
  const reasons = reasonsOf(found);
  const isSame = nodes.length === 0 && order === null && reasons.length === 0;
  const restart = isSame ? noRestart : restartOf(before.flows, after.flows, reasons, sameNodes(nodes, before.flows, after.flows));
  return {
    counts: count(nodes, endpoints, restart, found),
    class: classOf(nodes, endpoints, risks, found, order),
    sections: sectionsOf(nodes, before.flows, after.flows),
    ...found,
    endpoints,
    risks,
    restart,
    order,
    parts,
  };
}

/** Says of ids that occur once, and whose nodes do not differ, that they are the same. */
function sameNodes(diffs: readonly NodeDiff[], ...sides: (readonly FlowNode[])[]): (id: string) => boolean {
  const differing = new Set(diffs.map(({ id }) => id));
  for (const flows of sides) {
    const seen = new Set<string>();
    for (const { id } of flows) {
      if (seen.has(id)) differing.add(id);
      seen.add(id);
    }
  }
  return (id) => !differing.has(id);
}

/** The same flows with the same surroundings are not deployed again. */
const noRestart: Restart = { scope: 'none', reasons: [], restarted: [], started: [], stopped: [], rewired: [] };

/** Everything but the flows, as one document. */
export function documentOf({ flows: _flows, ...rest }: SnapshotParts): JsonObject {
  return rest as unknown as JsonObject;
}

type Found = Pick<SnapshotDiff, 'modules' | 'runtime' | 'variables' | 'settings'>;

function compareRuntime({ runtime: before }: SnapshotParts, { runtime: after }: SnapshotParts): SnapshotDiff['runtime'] {
  const change = (name: 'nodeRed' | 'node'): VersionChange | null => {
    const [was, is] = [before?.[name] ?? null, after?.[name] ?? null];
    return was === is ? null : { before: was, after: is };
  };
  return { nodeRed: change('nodeRed'), node: change('node') };
}

/** As the agent decides: only flows are switched inside the running process. */
function reasonsOf({ modules, runtime, variables, settings }: Found): RestartReason[] {
  const reasons: [RestartReason, boolean][] = [
    ['modules', modules.length > 0],
    ['runtime', runtime.nodeRed !== null || runtime.node !== null],
    ['settings', settings.some(({ kind }) => kind !== 'reordered')],
    ['variables', variables.length > 0],
  ];
  return reasons.filter(([, holds]) => holds).map(([reason]) => reason);
}

function classesOf(nodes: readonly NodeDiff[], { modules, runtime, variables, settings }: Found): ChangeClass[] {
  const versions = [runtime.nodeRed, runtime.node].filter((change) => change !== null);
  return [
    ...nodes.map((diff) => diff.class),
    ...[...modules, ...versions].map((): ChangeClass => 'dependency'),
    ...variables.map((): ChangeClass => 'environment'),
    ...settings.map((change): ChangeClass => (change.kind === 'reordered' ? 'cosmetic' : 'settings')),
  ];
}

/** What changes outside, and what becomes less safe, counts even where it is the consequence of something harmless. */
function classOf(
  nodes: readonly NodeDiff[],
  endpoints: readonly EndpointChange[],
  risks: readonly Risk[],
  found: Found,
  order: readonly number[] | null,
): ChangeClass | null {
  const consequences: ChangeClass[] = [
    ...(order === null ? [] : ['cosmetic' as const]),
    ...(endpoints.length === 0 ? [] : ['integration' as const]),
    ...(risks.length === 0 ? [] : ['security' as const]),
  ];
  return gravest([...classesOf(nodes, found), ...consequences]);
}

function count(nodes: readonly NodeDiff[], endpoints: readonly EndpointChange[], restart: Restart, found: Found): DiffCounts {
  const classes = Object.fromEntries(changeClasses.map((name) => [name, 0])) as Record<ChangeClass, number>;
  for (const name of classesOf(nodes, found)) classes[name] += 1;
  const material = nodes.filter((diff) => diff.class !== 'cosmetic');
  const nodesThat = (change: NodeDiff['change']): number => material.filter((diff) => diff.change === change).length;
  const endpointsThat = (change: EndpointChange['change']): number => endpoints.filter((endpoint) => endpoint.change === change).length;
  return {
    classes,
    nodes: {
      added: nodesThat('added'),
      removed: nodesThat('removed'),
      changed: nodesThat('changed'),
      cosmetic: nodes.length - material.length,
    },
    restarting: restart.restarted.length,
    endpoints: { added: endpointsThat('added'), removed: endpointsThat('removed'), changed: endpointsThat('changed') },
  };
}
