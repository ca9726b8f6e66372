import type { FlowNode } from '../flows/flow-node.ts';
import type { CatalogueEntry, Connection } from './catalogue/entry.ts';
import { catalogue } from './catalogue/index.ts';
import { isInner } from './catalogue/inner.ts';
import { mentionsOf } from './code.ts';
import type { Direction, EndpointNode, IntegrationMap } from './endpoint.ts';
import { FoundEndpoints, type Lead } from './found-endpoints.ts';
import { guessByType, guessConnections } from './guess.ts';
import { type Place, placesOf } from './places.ts';
import type { NodeReader } from './reader.ts';
import { literal, type Value } from './value.ts';

export type IntegrationOptions = {
  /** Values of variables from outside, for one target: a device, a stage. Names without a value stay as `${NAME}`. */
  variables?: Readonly<Record<string, string>>;
};

/**
 * Everything outside that flows talk to, by the properties of their nodes: brokers, controllers, databases, addresses, files, ports, routes that
 * they offer, commands that they run. Types of nodes that are not known are judged by the names of their properties and marked as a guess.
 */
export function integrationsOf(flows: readonly FlowNode[], options: IntegrationOptions = {}): IntegrationMap {
  const { places, truncated } = placesOf(flows, options.variables ?? {});
  const found = new FoundEndpoints();
  for (const place of places) for (const node of place.nodes) look(found, place, node);
  return { endpoints: found.finish(), truncated };
}

/** Properties that name, place or connect a node, and never refer to a config node. */
export const notReferences: ReadonlySet<string> = new Set([
  'id',
  'type',
  'z',
  'g',
  'x',
  'y',
  'w',
  'h',
  'name',
  'label',
  'info',
  'wires',
  'links',
  'env',
]);
/** Longer than any id, or name of a variable that holds one. */
const referenceLengthMax = 200;

/** A node of the place: what it leads to itself, what it leads to through config nodes, and what its texts name. */
function look(found: FoundEndpoints, place: Place, node: FlowNode): void {
  if (node.type === 'tab' || node.type === 'subflow' || node.type === 'group' || node.type === 'comment') return;
  const read = place.read(node);
  const entry = catalogue.get(node.type);
  const isConfig = !(Object.hasOwn(node, 'x') && Object.hasOwn(node, 'y'));
  const hasLeads = lookThroughReferences(found, place, read, entry);
  const own = ownLead(read, entry, hasLeads);
  if (isConfig && !isListener(own)) {
    if (own.connections.length > 0 || entry !== undefined) found.addConfig(node.id, describe(read, place, 'both', null), own);
    return;
  }
  for (const connection of own.connections) {
    const direction = connection.direction ?? directionOf(entry, read);
    found.add({
      kind: entry?.kind ?? 'other',
      connection,
      node: describe(read, place, direction, detailOf(entry, read)),
      isGuess: own.isGuess,
    });
  }
  if (own.connections.length > 0 && !own.isGuess) return;
  for (const { kind, address } of mentionsOf(node)) {
    const value: Value = { ...literal(address), dynamic: address.includes('${') || address.includes('{{') };
    found.add({ kind, connection: { address: value, security: null }, node: describe(read, place, 'both', null), isGuess: true });
  }
}

/** Servers offer something whether or not a node makes use of it. */
function isListener({ connections }: Lead): boolean {
  return connections.length > 0 && connections.every(({ listens }) => listens === true);
}

function ownLead(read: NodeReader, entry: CatalogueEntry | undefined, hasLeads: boolean): Lead {
  if (entry !== undefined) return { entry, connections: listOf(entry.connection?.(read) ?? null), isGuess: false };
  // What a node is told beside the server it uses (a topic, a path) is a detail of that.
  if (isInner(read.node.type) || hasLeads) return { entry, connections: [], isGuess: true };
  return { entry, connections: guessConnections(read), isGuess: true };
}

function listOf(connections: Connection | readonly Connection[] | null): readonly Connection[] {
  if (connections === null) return [];
  return 'address' in connections ? [connections] : connections;
}

/** A look at the values alone is quick, and most nodes refer to no config node. */
function mayRefer(place: Place, node: FlowNode): boolean {
  const { id, z, g } = node;
  return Object.values(node).some((value) => {
    if (typeof value !== 'string' || value === '' || value === id || value === z || value === g) return false;
    return value.startsWith('$') || (value.length <= referenceLengthMax && place.isKnown(value));
  });
}

/** Every property that holds the id of a config node is a reference, also in types that are not known. */
function lookThroughReferences(found: FoundEndpoints, place: Place, read: NodeReader, entry: CatalogueEntry | undefined): boolean {
  if (!mayRefer(place, read.node)) return false;
  let hasLeads = false;
  for (const property of Object.keys(read.node)) {
    const raw = read.raw(property);
    if (typeof raw !== 'string' || raw === '' || raw.length > referenceLengthMax || notReferences.has(property)) continue;
    const config = read.config(property);
    if (config === null || config.node.id === read.node.id) continue;
    found.markUsed(config.node.id);
    const lead = found.leadOf(config, leadOf);
    if (lead.connections.length === 0) continue;
    hasLeads = true;
    const direction = directionOf(entry, read);
    const node = describe(read, place, direction, detailOf(entry, read) ?? guessedDetail(entry, read), config);
    for (const connection of lead.connections) {
      found.add({
        kind: lead.entry?.kind ?? 'other',
        connection,
        node: { ...node, direction: connection.direction ?? direction },
        isGuess: lead.isGuess,
      });
    }
  }
  return hasLeads;
}

function leadOf(config: NodeReader): Lead {
  const entry = catalogue.get(config.node.type);
  if (entry !== undefined) return { entry, connections: listOf(entry.connection?.(config) ?? null), isGuess: false };
  if (isInner(config.node.type) || (Object.hasOwn(config.node, 'x') && Object.hasOwn(config.node, 'y')))
    return { entry, connections: [], isGuess: true };
  const guessed = guessConnections(config);
  const connections = guessed.length > 0 ? guessed : listOf(guessByType(config));
  return { entry, connections, isGuess: true };
}

function directionOf(entry: CatalogueEntry | undefined, read: NodeReader): Direction {
  const direction = entry?.direction;
  return typeof direction === 'function' ? direction(read) : (direction ?? 'both');
}

function detailOf(entry: CatalogueEntry | undefined, read: NodeReader): string | null {
  const detail = entry?.detail?.(read)?.text.trim() ?? '';
  return detail === '' ? null : detail;
}

function guessedDetail(entry: CatalogueEntry | undefined, read: NodeReader): string | null {
  if (entry !== undefined) return null;
  const text = read.text('topic', 'address', 'path', 'entity_id', 'channel').text;
  return text === '' ? null : text;
}

function describe(read: NodeReader, place: Place, direction: Direction, detail: string | null, config?: NodeReader): EndpointNode {
  const { node } = read;
  const { container } = place;
  const name = node['name'];
  const label = container?.['label'] ?? container?.['name'];
  const isDisabled = place.isDisabled || node['d'] === true || config?.node['d'] === true;
  return {
    id: node.id,
    type: node.type,
    name: typeof name === 'string' && name !== '' ? name : null,
    tabId: container?.id ?? (typeof node['z'] === 'string' && node['z'] !== '' ? node['z'] : null),
    tabLabel: typeof label === 'string' ? label : null,
    path: place.path,
    direction,
    detail,
    state: isDisabled ? 'disabled' : place.isUnused ? 'unused' : 'active',
  };
}
