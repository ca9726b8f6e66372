// What the runtime finds when it compares the flows that run with those that are deployed (`diffConfigs` of @node-red/runtime lib/flows/util.js).
//
// INVARIANTS
// - The sets are exactly the runtime's, its peculiarities included: a test holds them against the real function.
// - Nodes are visited in the runtime's order, because some of its decisions depend on what it has seen before.
// - Where the runtime would throw, the answer is null.
import type { FlowNode } from '../../flows/flow-node.ts';
import type { JsonValue } from '../../json.ts';
import type { Configuration } from './configuration.ts';
import { isChangedForRuntime, sameForRuntime } from './same-for-runtime.ts';

/** Ids, as the runtime lists them; tabs, groups and subflows stand among them. */
export type DeployDifference = {
  added: ReadonlySet<string>;
  changed: ReadonlySet<string>;
  removed: ReadonlySet<string>;
  rewired: ReadonlySet<string>;
  /** Tabs whose variables changed. */
  flowChanged: ReadonlySet<string>;
  globalConfigChanged: boolean;
};

/** Set by name, and not to be known by its node: a member of a group that changed. */
const byGroup = 'member of a changed group';

type Work = {
  before: Configuration;
  after: Configuration;
  added: Map<string, FlowNode | undefined>;
  removed: Map<string, FlowNode | undefined>;
  changed: Map<string, FlowNode | typeof byGroup>;
  rewired: Set<string>;
  changedSubflows: Set<string>;
  flowChanged: Set<string>;
  globalConfigChanged: boolean;
};

/** What the runtime refuses to compare: it would throw. */
class Refused extends Error {}

/** The difference, or null when the runtime could not deploy these flows over those. */
export function deployDifference(before: Configuration, after: Configuration): DeployDifference | null {
  if ([before, after].some(hasInheritedNames)) return null;
  const work: Work = {
    before,
    after,
    added: new Map(),
    removed: new Map(),
    changed: new Map(),
    rewired: new Set(),
    changedSubflows: new Set(),
    flowChanged: new Set(),
    globalConfigChanged: false,
  };
  try {
    compareTabs(work);
    for (const id of Object.keys(before.nodes)) compareNode(work, id);
    for (const id of Object.keys(after.nodes)) lookAtNewNode(work, id);
    spreadOverReferences(work);
    forgetInsideOfSubflows(work);
    spreadIntoNestedGroups(work);
    spreadToInstances(work);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
  const { added, changed, removed, rewired, flowChanged, globalConfigChanged } = work;
  return {
    added: new Set(added.keys()),
    changed: new Set(changed.keys()),
    removed: new Set(removed.keys()),
    rewired,
    flowChanged,
    globalConfigChanged,
  };
}

/** Ids such as `constructor`: the runtime looks ids up in objects that already have these, and goes astray. */
function hasInheritedNames({ nodes }: Configuration): boolean {
  return Object.values(nodes).some((node) => node.id in Object.prototype || containerId(node) in Object.prototype);
}

function containerId(node: FlowNode): string {
  return String(node['z']);
}

/** Tabs that go away, are switched off, or are switched on. */
function compareTabs({ before, after, removed, added }: Work): void {
  for (const [id, { definition }] of before.flows) {
    const next = after.flows.get(id);
    if (next === undefined) {
      removed.set(id, before.nodes[id]);
      continue;
    }
    const wasDisabled = definition?.['disabled'] || false;
    const isDisabled = next.definition?.['disabled'] || false;
    if (wasDisabled !== isDisabled) (wasDisabled ? added : removed).set(id, before.nodes[id]);
  }
}

function compareNode(work: Work, id: string): void {
  const { before, after, removed, added } = work;
  const node = before.nodes[id];
  if (node === undefined) return;
  const next = after.nodes[id];
  if (node.type === 'tab') {
    if (removed.get(id) !== undefined) return;
    // A tab that is gone while its nodes still name it: the runtime takes it for present and then misses it.
    if (next === undefined) throw new Refused();
    if (JSON.stringify(node['env']) !== JSON.stringify(next['env'])) work.flowChanged.add(id);
    return;
  }
  refuseUnreadableWires(node);
  const container = containerId(node);
  if (removed.get(container) !== undefined || next === undefined) {
    removed.set(id, node);
    if (removed.get(container) === undefined) markContainer(work, node);
  } else if (added.get(container) !== undefined) {
    added.set(id, node);
  } else {
    comparePair(work, node, next);
  }
}

function comparePair(work: Work, node: FlowNode, next: FlowNode): void {
  const { id } = next;
  if (!node['d'] && next['d']) work.removed.set(id, node);
  if (isChangedForRuntime(node, next) || next['credentials']) {
    work.changed.set(id, next);
    if (next.type === 'subflow') work.changedSubflows.add(id);
    if (markContainer(work, next) === 'subflow') work.changed.delete(id);
    if (next.type === 'global-config') work.globalConfigChanged = true;
  }
  if (!sameForRuntime(node['wires'], next['wires'])) {
    work.rewired.add(id);
    if (markContainer(work, next) === 'subflow') work.rewired.delete(id);
  }
}

/** Marks what a node stands in as changed; says which kind of container that is. */
function markContainer({ after, changed, changedSubflows }: Work, node: FlowNode): string | undefined {
  const container = after.nodes[containerId(node)];
  if (container === undefined) return undefined;
  changed.set(container.id, container);
  if (container.type === 'subflow') changedSubflows.add(container.id);
  return container.type;
}

function lookAtNewNode(work: Work, id: string): void {
  const node = work.after.nodes[id];
  if (node === undefined) return;
  if (node.type === 'group' && work.changed.has(id) && node['nodes']) {
    for (const member of membersOf(node)) if (!work.changed.has(member)) work.changed.set(member, byGroup);
  }
  refuseUnreadableWires(node);
  if (work.before.nodes[id] !== undefined) return;
  work.added.set(id, node);
  if (markContainer(work, node) === 'subflow') work.added.delete(id);
}

function membersOf(group: FlowNode): string[] {
  const members = group['nodes'];
  if (!Array.isArray(members)) throw new Refused();
  return members.map((member) => propertyKey(member));
}

/** The runtime reads the length of every output, also of a tab's. */
function refuseUnreadableWires(node: FlowNode): void {
  const wires = node['wires'];
  if (Array.isArray(wires) && wires.includes(null)) throw new Refused();
}

/** A value as the name that it becomes when the runtime looks it up. */
function propertyKey(value: JsonValue): string {
  try {
    return String(value);
  } catch {
    // An object whose own "toString" is data: the runtime stumbles over it, too.
    throw new Refused();
  }
}

/** The places where a node may refer to another one: the runtime takes every property for a possible id. */
type References = { node: FlowNode; references: { isGroup: boolean; key: string }[] };

/** Whoever refers to something changed or removed has changed, and what it stands in with it; and again, until nothing is new. */
function spreadOverReferences(work: Work): void {
  const { before, after, changed, removed } = work;
  const candidates = referencesOf(work);
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (const { node, references } of candidates) {
      if (changed.has(node.id)) continue;
      const old = before.nodes[node.id];
      const refers = references.some(({ isGroup, key }) => {
        const origin = changed.get(key);
        const isInherited = origin === undefined && key in Object.prototype;
        if (origin === undefined && !isInherited && removed.get(key) === undefined) return false;
        // That the own group changed is no reason, unless the node came into it now.
        const isOwnGroup = isGroup && origin !== undefined && origin !== byGroup && origin.type === 'group';
        return !(isOwnGroup && old !== undefined && node['g'] === old['g']);
      });
      if (!refers) continue;
      isNew = true;
      changed.set(node.id, node);
      const container = after.nodes[containerId(node)];
      if (container === undefined) continue;
      changed.set(container.id, container);
      if (container.type === 'subflow') work.changedSubflows.add(container.id);
    }
  }
}

function referencesOf({ before, after, changed }: Work): References[] {
  const isTarget = (key: string) => key in after.nodes || key in before.nodes || changed.has(key) || key in Object.prototype;
  const found: References[] = [];
  for (const node of Object.values(after.nodes)) {
    const references: References['references'] = [];
    for (const property in node) {
      if (property === 'z' || property === 'id' || property === 'wires') continue;
      const key = propertyKey(node[property] ?? null);
      if (isTarget(key)) references.push({ isGroup: property === 'g', key });
    }
    if (references.length > 0) found.push({ node, references });
  }
  return found;
}

/** What stands in a subflow is never restarted by itself: each instance of the subflow is. */
function forgetInsideOfSubflows({ after, changed }: Work): void {
  for (const node of Object.values(after.nodes)) if (after.nodes[containerId(node)]?.type === 'subflow') changed.delete(node.id);
}

function spreadIntoNestedGroups({ after, changed }: Work): void {
  const nested = Object.values(after.nodes).filter((node) => node.type === 'group' && node['g']);
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (const group of nested) {
      const ids = [...(changed.has(propertyKey(group['g'] ?? null)) ? [group.id] : [])];
      if ((changed.has(group.id) || ids.length > 0) && group['nodes']) ids.push(...membersOf(group));
      for (const id of ids) {
        if (changed.has(id)) continue;
        changed.set(id, byGroup);
        isNew = true;
      }
    }
  }
}

function spreadToInstances({ after, changed, changedSubflows }: Work): void {
  const instances = Map.groupBy(
    Object.values(after.nodes).filter(({ type }) => type.startsWith('subflow:')),
    ({ type }) => type,
  );
  // The runtime keeps them in an object, whose names come in an order of their own: numbers first.
  const stack = Object.keys(Object.fromEntries([...changedSubflows].map((id) => [id, true])));
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const instance of instances.get(`subflow:${id}`) ?? []) {
      if (changed.has(instance.id)) continue;
      changed.set(instance.id, instance);
      const container = after.nodes[containerId(instance)];
      if (container === undefined || changed.has(container.id)) continue;
      changed.set(container.id, container);
      if (container.type !== 'subflow') continue;
      stack.push(container.id);
      changed.delete(instance.id);
    }
  }
}
