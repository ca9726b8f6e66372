/** A node as a person reads it. */
export type OutlineNode = { id: string; type: string; name: string | null; disabled: boolean; properties: [string, unknown][] };

/** A tab, a subflow, or what belongs to neither (`global`); `absent`: a tab that nodes name but the flows do not hold. */
export type OutlineTab = {
  kind: 'tab' | 'subflow' | 'global' | 'absent';
  id: string;
  label: string;
  info: string;
  disabled: boolean;
  nodes: OutlineNode[];
};

type Properties = Record<string, unknown>;

// Where a node stands and what it is called is shown beside its properties.
const hidden: ReadonlySet<string> = new Set(['id', 'type', 'name', 'z', 'x', 'y', 'w', 'h', 'd', 'g', 'wires', 'nodes', 'info']);

function isProperties(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function toNode(node: Properties): OutlineNode {
  const name = text(node['name']) || text(node['label']);
  const properties = Object.entries(node).filter(([key, value]) => !hidden.has(key) && value !== '' && value !== null);
  return { id: text(node['id']), type: text(node['type']), name: name === '' ? null : name, disabled: node['d'] === true, properties };
}

function toTab(container: Properties): OutlineTab {
  const kind = container['type'] === 'subflow' ? 'subflow' : 'tab';
  const id = text(container['id']);
  return {
    kind,
    id,
    label: text(container['label']) || text(container['name']) || id,
    info: text(container['info']),
    disabled: container['disabled'] === true,
    nodes: [],
  };
}

/** The flows by tabs, in the order of the file: tabs, subflows, then what stands in neither. Takes whatever a flow file holds. */
export function flowOutline(flows: readonly unknown[]): OutlineTab[] {
  const nodes = flows.filter(isProperties);
  const isContainer = (node: Properties): boolean => node['type'] === 'tab' || node['type'] === 'subflow';
  const tabs = new Map<string, OutlineTab>();
  for (const type of ['tab', 'subflow']) for (const node of nodes) if (node['type'] === type) tabs.set(text(node['id']), toTab(node));
  for (const node of nodes) {
    if (isContainer(node)) continue;
    const z = text(node['z']);
    const home = tabs.get(z) ?? homeless(z);
    tabs.set(z, home);
    home.nodes.push(toNode(node));
  }
  return [...tabs.values()];
}

function homeless(id: string): OutlineTab {
  const label = id === '' ? 'Configuration for all tabs' : id;
  return { kind: id === '' ? 'global' : 'absent', id, label, info: '', disabled: false, nodes: [] };
}
