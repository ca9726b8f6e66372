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

/** What the runtime finds in every object that it looks ids up in. */
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Set by name, and not to be known by its node: a member of a group that changed. */
const byGroup = 'member of a changed group';

/** Code is too long for an id, and long enough to make looking it up expensive. Ids are made by editors: 16 digits. */
const referenceLengthMax = 1_000;

/** Whether the node with an id is known to be the same in both flows, so that it need not be compared. */
export type IsSame = (id: string) => boolean;

type Work = {
  before: Configuration;
  after: Configuration;
  isSame: IsSame;
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

/** The difference; null when the runtime could not deploy these flows over those. */
export function deployDifference(before: Configuration, after: Configuration, isSame: IsSame = () => false): DeployDifference | null {
  if ([before, after].some(hasInheritedNames)) return null;
  const work: Work = {
    before,
    after,
    isSame,
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
    for (const id of before.nodes.keys()) compareNode(work, id);
    for (const id of after.nodes.keys()) lookAtNewNode(work, id);
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
  return [...nodes.values()].some((node) => inherited.has(node.id) || inherited.has(containerId(node)));
}

function containerId(node: FlowNode): string {
  return String(node['z']);
}

/** Tabs that go away, are switched off, or are switched on. */
function compareTabs({ before, after, removed, added }: Work): void {
  for (const [id, { definition }] of before.flows) {
    const next = after.flows.get(id);
    if (next === undefined) {
      removed.set(id, before.nodes.get(id));
      continue;
    }
    const wasDisabled = definition?.['disabled'] || false;
    const isDisabled = next.definition?.['disabled'] || false;
    if (wasDisabled !== isDisabled) (wasDisabled ? added : removed).set(id, before.nodes.get(id));
  }
}

function compareNode(work: Work, id: string): void {
  const { before, after, removed, added } = work;
  const node = before.nodes.get(id);
  if (node === undefined) return;
  const next = after.nodes.get(id);
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
  if (work.isSame(id) && !next['credentials']) return;
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
  const container = after.nodes.get(containerId(node));
  if (container === undefined) return undefined;
  changed.set(container.id, container);
  if (container.type === 'subflow') changedSubflows.add(container.id);
  return container.type;
}

function lookAtNewNode(work: Work, id: string): void {
  const node = work.after.nodes.get(id);
  if (node === undefined) return;
  if (node.type === 'group' && work.changed.has(id) && node['nodes']) {
    for (const member of membersOf(node)) if (!work.changed.has(member)) work.changed.set(member, byGroup);
  }
  refuseUnreadableWires(node);
  if (work.before.nodes.get(id) !== undefined) return;
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
  if (typeof value === 'string') return value;
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
  const candidates = referencesOf(work);
  const dependents = new Map<string, number[]>();
  for (const [index, { references }] of candidates.entries()) {
    for (const { key } of references) {
      const same = dependents.get(key);
      if (same === undefined) dependents.set(key, [index]);
      else same.push(index);
    }
  }
  // The runtime asks all of them again and again. Asking only those again to whose references something happened, in the same order, is the same.
  const isDue = new Uint8Array(candidates.length).fill(1);
  const mark = (node: FlowNode): void => {
    work.changed.set(node.id, node);
    for (const index of dependents.get(node.id) ?? []) isDue[index] = 1;
  };
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (let index = isDue.indexOf(1); index >= 0; index = isDue.indexOf(1, index + 1)) {
      isDue[index] = 0;
      const candidate = candidates[index];
      if (candidate === undefined || work.changed.has(candidate.node.id) || !refersToChange(work, candidate)) continue;
      isNew = true;
      mark(candidate.node);
      const container = work.after.nodes.get(containerId(candidate.node));
      if (container === undefined) continue;
      mark(container);
      if (container.type === 'subflow') work.changedSubflows.add(container.id);
    }
  }
}

function refersToChange({ before, changed, removed }: Work, { node, references }: References): boolean {
  const old = before.nodes.get(node.id);
  return references.some(({ isGroup, key }) => {
    const origin = changed.get(key);
    if (origin === undefined) return inherited.has(key) || removed.get(key) !== undefined;
    // That the own group changed is no reason, unless the node came into it now.
    const isOwnGroup = isGroup && origin !== byGroup && origin.type === 'group';
    return !(isOwnGroup && old !== undefined && node['g'] === old['g']);
  });
}

function referencesOf({ before, after, changed }: Work): References[] {
  const targets = new Set([...before.nodes.keys(), ...after.nodes.keys(), ...changed.keys(), ...inherited]);
  const found: References[] = [];
  for (const node of after.nodes.values()) {
    if (!mayRefer(node, targets)) continue;
    const references: References['references'] = [];
    for (const property in node) {
      if (property === 'z' || property === 'id' || property === 'wires') continue;
      const key = propertyKey(node[property] ?? null);
      if (targets.has(key)) references.push({ isGroup: property === 'g', key });
    }
    if (references.length > 0) found.push({ node, references });
  }
  return found;
}

/** Whether a value besides the own id and place is a target: a look at the values alone is quick, and most nodes refer to nothing. */
function mayRefer(node: FlowNode, targets: ReadonlySet<string>): boolean {
  const { id, z, wires } = node;
  let hits = 0;
  for (const value of Object.values(node)) {
    if (value === wires || (typeof value === 'string' && value.length > referenceLengthMax)) continue;
    if (value === id || value === z) hits += 1;
    else if (targets.has(propertyKey(value))) return true;
  }
  return hits > (z === undefined ? 1 : 2);
}

/** What stands in a subflow is never restarted by itself: each instance of the subflow is. */
function forgetInsideOfSubflows({ after, changed }: Work): void {
  for (const node of after.nodes.values()) if (after.nodes.get(containerId(node))?.type === 'subflow') changed.delete(node.id);
}

function spreadIntoNestedGroups({ after, changed }: Work): void {
  const nested = [...after.nodes.values()].filter((node) => node.type === 'group' && node['g']);
  const byId = new Map(nested.map((group) => [group.id, group]));
  const byParent = Map.groupBy(nested, (group) => propertyKey(group['g'] ?? null));
  const waiting = nested.filter((group) => changed.has(group.id) || changed.has(propertyKey(group['g'] ?? null)));
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    for (const id of [group.id, ...(group['nodes'] ? membersOf(group) : [])]) {
      if (changed.has(id)) continue;
      changed.set(id, byGroup);
      const itself = id === group.id ? undefined : byId.get(id);
      waiting.push(...(itself === undefined ? [] : [itself]), ...(byParent.get(id) ?? []));
    }
  }
}

function spreadToInstances({ after, changed, changedSubflows }: Work): void {
  const instances = Map.groupBy(
    [...after.nodes.values()].filter(({ type }) => type.startsWith('subflow:')),
    ({ type }) => type,
  );
  // The runtime keeps them in an object, whose names come in an order of their own: numbers first.
  const stack = Object.keys(Object.fromEntries([...changedSubflows].map((id) => [id, true])));
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const instance of instances.get(`subflow:${id}`) ?? []) {
      if (changed.has(instance.id)) continue;
      changed.set(instance.id, instance);
      const container = after.nodes.get(containerId(instance));
      if (container === undefined || changed.has(container.id)) continue;
      changed.set(container.id, container);
      if (container.type !== 'subflow') continue;
      stack.push(container.id);
      changed.delete(instance.id);
    }
  }
}
