import type { FlowNode } from '../flows/flow-node.ts';
import type { ConfigFinder } from './reader.ts';
import { NodeReader } from './reader.ts';
import { Scope } from './scope.ts';

/** Where nodes run: a tab, or a subflow by way of one of its instances. `isUnused`: a subflow without any. */
export type Place = {
  container: FlowNode | null;
  path: string[];
  isDisabled: boolean;
  isUnused: boolean;
  nodes: readonly FlowNode[];
  read: (node: FlowNode) => NodeReader;
  /** Whether there is a node with this id. */
  isKnown: (id: string) => boolean;
};

export type Places = { places: Place[]; truncated: boolean };

/** Subflows in subflows multiply; real files stay far below. */
const placesMax = 5_000;

type Context = {
  flows: readonly FlowNode[];
  byId: ReadonlyMap<string, FlowNode>;
  byContainer: ReadonlyMap<string, FlowNode[]>;
  root: Scope;
};

/**
 * Every place where nodes of these flows run, each with the variables that are seen there. A subflow is looked at once for each instance, with the
 * instance's own variables over the subflow's.
 */
export function placesOf(flows: readonly FlowNode[], environment: Readonly<Record<string, string>>): Places {
  const byId = new Map(flows.map((node) => [node.id, node]));
  const global = flows.filter(({ type }) => type === 'global-config');
  const root = new Scope(new Map(), null, environment).inner(...global);
  const byContainer = Map.groupBy(flows, (node) => (isContainer(node) || typeof node['z'] !== 'string' ? '' : node['z']));
  const context: Context = { flows, byId, byContainer, root };
  const places: Place[] = [];
  for (const [id, nodes] of byContainer) {
    const container = byId.get(id) ?? null;
    if (container?.type === 'subflow') continue;
    const isTab = container?.type === 'tab';
    const scope = isTab ? root.inner(container) : root;
    addPlace(
      context,
      places,
      { container: isTab ? container : null, path: [], isDisabled: isTab && container['disabled'] === true, isUnused: false, nodes },
      scope,
    );
  }
  const used = new Set(places.map(({ container }) => container?.id));
  for (const subflow of flows) {
    if (subflow.type !== 'subflow' || used.has(subflow.id)) continue;
    const nodes = byContainer.get(subflow.id) ?? [];
    addPlace(context, places, { container: subflow, path: [], isDisabled: false, isUnused: true, nodes }, root.inner(subflow));
  }
  return { places, truncated: places.length >= placesMax };
}

function isContainer(node: FlowNode): boolean {
  return node.type === 'tab' || node.type === 'subflow';
}

type NewPlace = Omit<Place, 'read' | 'isKnown'>;

function addPlace(context: Context, places: Place[], place: NewPlace, scope: Scope): void {
  if (places.length >= placesMax) return;
  const scopeOf = groupScopes(context, scope);
  const find: ConfigFinder = (id) => {
    const node = context.byId.get(id);
    if (node === undefined || node.type === 'tab' || node.type === 'subflow' || node.type === 'group') return null;
    return new NodeReader(node, isIn(node, place.container) ? scopeOf(node) : context.root, find);
  };
  places.push({ ...place, read: (node) => new NodeReader(node, scopeOf(node), find), isKnown: (id) => context.byId.has(id) });
  for (const instance of place.nodes) {
    if (!instance.type.startsWith('subflow:')) continue;
    const subflow = context.byId.get(instance.type.slice('subflow:'.length));
    // A subflow within itself never ends; Node-RED does not start such flows.
    if (subflow?.type !== 'subflow' || place.container?.id === subflow.id || isWithin(context, place.path, subflow)) continue;
    const inner: NewPlace = {
      container: subflow,
      path: [...place.path, instance.id],
      isDisabled: place.isDisabled || instance['d'] === true,
      isUnused: place.isUnused,
      nodes: context.byContainer.get(subflow.id) ?? [],
    };
    addPlace(context, places, inner, scopeOf(instance).inner(subflow, instance));
  }
}

function isIn(node: FlowNode, container: FlowNode | null): boolean {
  return container !== null && node['z'] === container.id;
}

function isWithin({ byId }: Context, path: readonly string[], subflow: FlowNode): boolean {
  return path.some((id) => byId.get(id)?.type === `subflow:${subflow.id}`);
}

/** The scope of a node within a place: its groups from the outside in. */
function groupScopes({ byId }: Context, scope: Scope): (node: FlowNode) => Scope {
  const known = new Map<string, Scope>();
  const ofGroup = (id: string, depth: number): Scope => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const group = byId.get(id);
    // Groups can name each other in circles in damaged files.
    if (group?.type !== 'group' || depth > 32) return scope;
    const outer = typeof group['g'] === 'string' ? ofGroup(group['g'], depth + 1) : scope;
    const inner = outer.inner(group);
    known.set(id, inner);
    return inner;
  };
  return (node) => (typeof node['g'] === 'string' ? ofGroup(node['g'], 0) : scope);
}
