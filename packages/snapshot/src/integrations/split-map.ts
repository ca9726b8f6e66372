// INVARIANTS
// - `fixed` together with `resolve(values)` names what `integrationsOf(flows, { variables: values })` names, with the same nodes behind it.
//   (The exception: a config node that nothing but a variable names by its id stands among the unused ones of `fixed`, too.)
// - `resolve` looks at the nodes that variables can reach, and at no others.
import type { FlowNode } from '../flows/flow-node.ts';
import { referencesOfEnvEntry, referencesOfNode } from '../variables/references.ts';
import { envEntries } from '../variables/scopes.ts';
import type { Endpoint } from './endpoint.ts';
import { integrationsOf, notReferences } from './integration-map.ts';

/** A map in two parts, so that thousands of devices that differ in their variables only cost little each. */
export type SplitMap = {
  /** What is the same whatever variables hold. */
  fixed: Endpoint[];
  /** The variables from outside that the rest may depend on. */
  variables: string[];
  /** The rest, for one target. */
  resolve(values: Readonly<Record<string, string>>): Endpoint[];
  truncated: boolean;
};

/** Splits the integration map of flows into what depends on variables and what does not. */
export function splitIntegrations(flows: readonly FlowNode[]): SplitMap {
  const { endpoints, truncated } = integrationsOf(flows);
  const dependents = dependentsOf(flows);
  const fixed = keepNodes(endpoints, (id) => !dependents.has(id));
  if (dependents.size === 0) return { fixed, variables: [], resolve: () => [], truncated };
  const needed = neededBy(dependents, flows);
  return {
    fixed,
    variables: namesIn(needed),
    resolve: (variables) => keepNodes(integrationsOf(needed, { variables }).endpoints, (id) => dependents.has(id)),
    truncated,
  };
}

function keepNodes(endpoints: readonly Endpoint[], isKept: (id: string) => boolean): Endpoint[] {
  return endpoints.flatMap((endpoint) => {
    const nodes = endpoint.nodes.filter(({ id }) => isKept(id));
    return nodes.length === 0 ? [] : [{ ...endpoint, nodes }];
  });
}

/** Code is searched for addresses as it stands there: variables in it change nothing. */
function readsVariables(node: FlowNode): boolean {
  return node.type !== 'function' && referencesOfNode(node).size > 0;
}

/** Nodes that name a variable, and those that refer to such, and so on. */
function dependentsOf(flows: readonly FlowNode[]): ReadonlySet<string> {
  const found = new Set(flows.filter((node) => !isSurrounding(node) && readsVariables(node)).map(({ id }) => id));
  if (found.size === 0) return found;
  const users = usersOf(flows);
  for (const id of found) for (const user of users.get(id) ?? []) found.add(user);
  return found;
}

/** By id of a node: the nodes of which a property holds that id. */
function usersOf(flows: readonly FlowNode[]): ReadonlyMap<string, string[]> {
  const users = new Map<string, string[]>(flows.map(({ id }) => [id, []]));
  for (const node of flows) for (const id of referredBy(node)) users.get(id)?.push(node.id);
  return users;
}

function referredBy(node: FlowNode): string[] {
  return Object.entries(node).flatMap(([property, value]) => (typeof value === 'string' && !notReferences.has(property) ? [value] : []));
}

/** It holds nodes, or gives them variables. */
function isSurrounding({ type }: FlowNode): boolean {
  return type === 'tab' || type === 'subflow' || type === 'group' || type === 'global-config' || type.startsWith('subflow:');
}

/** The dependent nodes, what surrounds them, what they refer to, and all config nodes: a variable may name any of those. */
function neededBy(dependents: ReadonlySet<string>, flows: readonly FlowNode[]): FlowNode[] {
  const referred = new Set(flows.filter(({ id }) => dependents.has(id)).flatMap(referredBy));
  const isConfig = (node: FlowNode): boolean => !(Object.hasOwn(node, 'x') && Object.hasOwn(node, 'y'));
  return flows.filter((node) => isSurrounding(node) || isConfig(node) || dependents.has(node.id) || referred.has(node.id));
}

function namesIn(flows: readonly FlowNode[]): string[] {
  const names = flows.flatMap((node) => [
    ...(readsVariables(node) ? referencesOfNode(node) : []),
    ...envEntries(node).flatMap((entry) => [...referencesOfEnvEntry(entry)]),
  ]);
  return [...new Set(names.map((name) => name.replaceAll('$parent.', '')))].sort();
}
