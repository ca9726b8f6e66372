import type { FlowNode } from '../../flows/flow-node.ts';

/** A runtime's own flow: what it starts and stops as a unit. `definition` is null for a tab that nodes name but the file does not hold. */
export type RuntimeFlow = { definition: FlowNode | null; members: Map<string, FlowNode> };

/** Flows as the runtime sees them once it has read them. */
export type Configuration = {
  /** By id; of nodes with the same id the last. In the order in which the runtime walks them. */
  nodes: ReadonlyMap<string, FlowNode>;
  /** Tabs by id. The runtime makes one up for every container that is named but absent. */
  flows: Map<string, RuntimeFlow>;
  /** Config nodes that belong to no tab. */
  global: Map<string, FlowNode>;
};

/** Reads flows the way the runtime does (@node-red/runtime lib/flows/util.js, `parseConfig`). */
export function configurationOf(flows: readonly FlowNode[]): Configuration {
  const nodes = new Map<string, FlowNode>();
  const runtimeFlows = new Map<string, RuntimeFlow>();
  const subflows = new Map<string, Map<string, FlowNode>>();
  for (const node of flows) {
    nodes.set(node.id, node);
    if (node.type === 'tab') runtimeFlows.set(node.id, { definition: node, members: new Map() });
    else if (node.type === 'subflow') subflows.set(node.id, new Map());
  }
  const global = new Map<string, FlowNode>();
  const ordinary = flows.filter(({ type }) => type !== 'tab' && type !== 'subflow' && type !== 'group');
  for (const node of ordinary) {
    const container = runtimeFlows.get(String(node['z']))?.members ?? subflows.get(String(node['z']));
    if (container !== undefined) container.set(node.id, node);
    else if (!isPlaced(node)) global.set(node.id, node);
  }
  for (const node of ordinary) addToMadeUpTab(node, runtimeFlows, subflows);
  return { nodes: inRuntimeOrder(nodes), flows: runtimeFlows, global };
}

/** The runtime keeps nodes in an object, which gives ids that are numbers first, by their value. */
function inRuntimeOrder(nodes: ReadonlyMap<string, FlowNode>): ReadonlyMap<string, FlowNode> {
  const isNumber = (id: string): boolean => /^(?:0|[1-9]\d{0,9})$/.test(id) && Number(id) < 2 ** 32 - 1;
  const numbers = [...nodes].filter(([id]) => isNumber(id));
  if (numbers.length === 0) return nodes;
  numbers.sort(([left], [right]) => Number(left) - Number(right));
  // Setting an id again keeps its place.
  return new Map([...numbers, ...nodes]);
}

/** The runtime takes what has a position for an ordinary node, everything else for a config node. */
export function isPlaced(node: FlowNode): boolean {
  return Object.hasOwn(node, 'x') && Object.hasOwn(node, 'y');
}

function addToMadeUpTab(node: FlowNode, flows: Map<string, RuntimeFlow>, subflows: ReadonlyMap<string, unknown>): void {
  if (!node['z'] || subflows.has(String(node['z']))) return;
  const id = String(node['z']);
  const tab = flows.get(id) ?? { definition: null, members: new Map<string, FlowNode>() };
  flows.set(id, tab);
  if (tab.definition === null) tab.members.set(node.id, node);
}
