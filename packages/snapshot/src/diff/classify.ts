// INVARIANT: the class of a change does not depend on the order of members, nor on anything but the change, the node and the facts given.
import type { FlowNode } from '../flows/flow-node.ts';
import { catalogue } from '../integrations/catalogue/index.ts';
import { isInner } from '../integrations/catalogue/inner.ts';
import { isGuessedProperty } from '../integrations/guess.ts';
import type { JsonValue } from '../json.ts';
import { isSecretProperty, looksSecret } from '../variables/secrets.ts';
import { type ChangeClass, graver } from './change-class.ts';
import type { JsonChange } from './json-diff.ts';

/** What has to be known about the whole of both flows to judge one change. */
export type Facts = {
  /** Groups that define variables, or hold nodes which listen to their group only: coming into them or leaving them changes what happens. */
  meaningfulGroups: ReadonlySet<string>;
  /** Link calls that look for a link in by its name. */
  hasCallsByName: boolean;
};

export function factsOf(...sides: (readonly FlowNode[])[]): Facts {
  const nodes = sides.flat();
  const meaningfulGroups = new Set<string>();
  for (const node of nodes) {
    if (node.type === 'group' && Array.isArray(node['env']) && node['env'].length > 0) meaningfulGroups.add(node.id);
    else if (node['scope'] === 'group' && typeof node['g'] === 'string') meaningfulGroups.add(node['g']);
  }
  // What is said of a group is true of the groups within it.
  const inner = Map.groupBy(
    nodes.filter(({ type }) => type === 'group'),
    ({ g }) => g,
  );
  // A set is walked to its end, also to what is added meanwhile.
  for (const id of meaningfulGroups) for (const group of inner.get(id) ?? []) meaningfulGroups.add(group.id);
  return { meaningfulGroups, hasCallsByName: nodes.some((node) => node.type === 'link call' && node['linkType'] === 'dynamic') };
}

const cosmetic: ReadonlySet<string> = new Set(['x', 'y', 'w', 'h', 'name', 'info', 'l', 'icon', 'inputLabels', 'outputLabels', 'color']);
const containerCosmetic: ReadonlySet<string> = new Set(['label', 'category', 'meta', 'style', 'locked', 'nodes']);
const ports: ReadonlySet<string> = new Set(['in', 'out', 'status']);

/** The class of a changed property of a node. */
export function classOfChange(change: JsonChange, before: FlowNode, after: FlowNode, facts: Facts): ChangeClass {
  const [property = '', ...inner] = change.pointer.split('/').slice(1);
  if (change.kind === 'reordered' || after.type === 'comment') return 'cosmetic';
  if (change.kind !== 'removed' && bringsSecret(property, inner, change)) return 'security';
  if (property === 'links') return linksDiffer(before, after) ? 'wiring' : 'cosmetic';
  if (property === 'wires') return 'wiring';
  if (property === 'g') return isMeaningfulMove(before, after, facts) ? 'logic' : 'cosmetic';
  if (isContainer(after)) return classInContainer(property, inner, after);
  if (property === 'name' && after.type === 'link in') return facts.hasCallsByName ? 'wiring' : 'cosmetic';
  const entry = catalogue.get(after.type);
  if (entry?.security?.includes(property)) return 'security';
  if (entry?.integration.includes(property)) return 'integration';
  if (cosmetic.has(property)) return 'cosmetic';
  if (property === 'type') return graver(classOfNode(before, facts), classOfNode(after, facts));
  if (property === 'd' || property === 'z') return graver('logic', classOfPresence(after, facts));
  if (property === 'libs' || (property === 'modules' && after.type === 'global-config')) return 'dependency';
  if (property === 'env') return after.type === 'global-config' ? 'environment' : 'logic';
  return entry === undefined && !isInner(after.type) && isGuessedProperty(property) ? 'integration' : 'logic';
}

/** The class of a node that is new or gone. */
export function classOfNode(node: FlowNode, facts: Facts): ChangeClass {
  if (node.type === 'comment') return 'cosmetic';
  if (node.type === 'group') return facts.meaningfulGroups.has(node.id) ? 'logic' : 'cosmetic';
  if (node.type === 'junction' || node.type.startsWith('link ')) return 'wiring';
  if (node.type === 'global-config') return 'environment';
  if (node.type === 'function' && Array.isArray(node['libs']) && node['libs'].length > 0) return 'dependency';
  if (hasSecret(node)) return 'security';
  return classOfPresence(node, facts);
}

function classOfPresence(node: FlowNode, _facts: Facts): ChangeClass {
  const entry = catalogue.get(node.type);
  // Nobody is asked who they are by a route itself, and a command may be any.
  if (entry?.isPrivileged === true || node.type === 'http in' || node.type === 'tls-config') return 'security';
  if (entry !== undefined) return entry.integration.length > 0 || entry.connection !== undefined ? 'integration' : 'logic';
  if (isInner(node.type)) return 'logic';
  return Object.keys(node).some((property) => isGuessedProperty(property) && node[property] !== '') ? 'integration' : 'logic';
}

function isContainer({ type }: FlowNode): boolean {
  return type === 'tab' || type === 'subflow' || type === 'group';
}

function classInContainer(property: string, inner: readonly string[], node: FlowNode): ChangeClass {
  if (property === 'env') return inner.at(1) === 'ui' ? 'cosmetic' : 'environment';
  if (ports.has(property) && node.type === 'subflow') return inner.includes('x') || inner.includes('y') ? 'cosmetic' : 'wiring';
  return cosmetic.has(property) || containerCosmetic.has(property) ? 'cosmetic' : 'logic';
}

/** Links are a set: their order means nothing. */
function linksDiffer(before: FlowNode, after: FlowNode): boolean {
  const setOf = (value: JsonValue | undefined): string =>
    Array.isArray(value) ? JSON.stringify([...new Set(value.map(String))].sort()) : JSON.stringify(value);
  return setOf(before['links']) !== setOf(after['links']);
}

function isMeaningfulMove(before: FlowNode, after: FlowNode, { meaningfulGroups }: Facts): boolean {
  return [before['g'], after['g']].some((group) => typeof group === 'string' && meaningfulGroups.has(group));
}

function bringsSecret(property: string, inner: readonly string[], change: JsonChange): boolean {
  const last = inner.at(-1) ?? property;
  if (change.kind === 'added' || change.kind === 'replaced') {
    return typeof change.after === 'string' ? isSecretProperty(last, change.after) || looksSecret(change.after) : holdsSecret(change.after);
  }
  if (change.kind === 'text' || change.kind === 'list') {
    return change.hunks.some(({ lines }) => lines.some((line) => line.change === '+' && looksSecret(line.text)));
  }
  return false;
}

function hasSecret(node: FlowNode): boolean {
  return Object.entries(node).some(([property, value]) =>
    typeof value === 'string' ? isSecretProperty(property, value) || looksSecret(value) : holdsSecret(value),
  );
}

function holdsSecret(value: JsonValue): boolean {
  if (typeof value === 'string') return looksSecret(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) =>
    typeof member === 'string' ? isSecretProperty(name, member) || looksSecret(member) : holdsSecret(member),
  );
}
