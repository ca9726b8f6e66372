import type { FlowNode } from '../flows/flow-node.ts';
import { isObject, type JsonObject } from '../json.ts';

const parentPrefix = '$parent.';

/**
 * Where a node looks a variable up: its groups from the inside out, its tab, or its subflow and then the places where that is used;
 * last the global-config nodes. What none of them defines comes from the process environment, hence from outside.
 */
export class VariableScopes {
  readonly #nodes: ReadonlyMap<string, FlowNode>;
  readonly #instances: ReadonlyMap<string, readonly FlowNode[]>;
  readonly #globals: ReadonlySet<string>;

  constructor(flows: readonly FlowNode[]) {
    this.#nodes = new Map(flows.filter(isContainer).map((node) => [node.id, node]));
    this.#instances = Map.groupBy(
      flows.filter((node) => node.type.startsWith('subflow:')),
      (node) => node.type.slice('subflow:'.length),
    );
    const globals = flows.filter((node) => node.type === 'global-config' && node['d'] !== true);
    this.#globals = new Set(globals.flatMap((node) => [...definedNames(node)]));
  }

  /** Whether a name, read in a node, reaches the process environment. In a subflow that is never used nothing does. */
  isExternal(node: FlowNode, reference: string): boolean {
    return this.#isExternalFrom(this.#enclosing(node), reference, new Set());
  }

  /** Whether the node runs: neither itself nor its tab is disabled. */
  isEnabled(node: FlowNode): boolean {
    if (node['d'] === true) return false;
    if (node.type === 'tab') return node['disabled'] !== true;
    const tab = typeof node['z'] === 'string' ? this.#nodes.get(node['z']) : undefined;
    return tab?.type !== 'tab' || tab['disabled'] !== true;
  }

  /** The group, tab or subflow that a node stands in. */
  #enclosing(node: FlowNode): FlowNode | undefined {
    const group = typeof node['g'] === 'string' ? this.#nodes.get(node['g']) : undefined;
    if (group?.type === 'group') return group;
    return typeof node['z'] === 'string' ? this.#nodes.get(node['z']) : undefined;
  }

  #isExternalFrom(scope: FlowNode | undefined, reference: string, visited: Set<FlowNode>): boolean {
    const climbs = reference.startsWith(parentPrefix);
    const name = climbs ? reference.slice(parentPrefix.length) : reference;
    if (scope === undefined) return climbs ? this.#isExternalFrom(undefined, name, visited) : !this.#globals.has(name);
    // Files can hold groups within themselves and subflows within themselves; Node-RED refuses those, we only must not loop.
    if (visited.has(scope)) return false;
    const seen = new Set([...visited, scope]);
    if (scope.type !== 'subflow') {
      if (!climbs && definedNames(scope).has(name)) return false;
      return this.#isExternalFrom(this.#enclosing(scope), name, seen);
    }
    const instances = (this.#instances.get(scope.id) ?? []).filter((instance) => this.isEnabled(instance));
    if (!climbs && definedNames(scope).has(name)) return false;
    return instances.some((instance) => {
      if (!climbs && definedNames(instance).has(name)) return false;
      return this.#isExternalFrom(this.#enclosing(instance), name, seen);
    });
  }
}

/** The entries of a node's `env` list. */
export function envEntries(node: FlowNode): JsonObject[] {
  const env = node['env'];
  return Array.isArray(env) ? env.filter(isObject) : [];
}

function definedNames(node: FlowNode): Set<string> {
  return new Set(envEntries(node).flatMap((entry) => (typeof entry['name'] === 'string' ? [entry['name']] : [])));
}

function isContainer(node: FlowNode): boolean {
  return node.type === 'tab' || node.type === 'subflow' || node.type === 'group';
}
