import type { FlowNode } from '../flows/flow-node.ts';
import { authorityOf, withoutSecrets } from './addresses.ts';
import type { CatalogueEntry, Connection } from './catalogue/entry.ts';
import { catalogue } from './catalogue/index.ts';
import { isInner } from './catalogue/inner.ts';
import { mentionsOf } from './code.ts';
import type { Direction, Endpoint, EndpointKind, EndpointNode, EndpointState, IntegrationMap, Security } from './endpoint.ts';
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
  const found = new Found();
  for (const place of places) for (const node of place.nodes) look(found, place, node);
  return { endpoints: found.endpoints(), truncated };
}

type Sighting = { kind: EndpointKind; connection: Connection; node: EndpointNode; isGuess: boolean };

/** What a config node leads to, and whether that is only a guess. */
type Lead = { entry: CatalogueEntry | undefined; connections: readonly Connection[]; isGuess: boolean };

const notReferences: ReadonlySet<string> = new Set([
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

class Found {
  readonly #endpoints = new Map<string, Endpoint>();
  /** Config nodes that something refers to. */
  readonly #used = new Set<string>();
  /** Config nodes that lead outside, with how to read them. */
  readonly #configs = new Map<string, { read: NodeReader; place: Place; lead: Lead }>();

  markUsed(id: string): void {
    this.#used.add(id);
  }

  addConfig(read: NodeReader, place: Place, lead: Lead): void {
    this.#configs.set(`${read.node.id} ${place.path.join(' ')}`, { read, place, lead });
  }

  add({ kind, connection, node, isGuess }: Sighting): void {
    const address = withoutSecrets(connection.address.text);
    const key = `${connection.kind ?? kind} ${address}`;
    const state = stateOf(node.state, isGuess, connection.address.dynamic);
    const seen = { ...node, state };
    const known = this.#endpoints.get(key);
    if (known === undefined) {
      this.#endpoints.set(key, {
        kind: connection.kind ?? kind,
        address,
        symbol: withoutSecrets(connection.address.symbol),
        authority: authorityOf(address),
        variables: [...new Set(connection.address.variables)],
        direction: node.direction,
        listens: connection.listens === true,
        security: connection.security,
        state,
        nodes: [seen],
      });
      return;
    }
    known.direction = known.direction === node.direction ? known.direction : 'both';
    known.listens ||= connection.listens === true;
    known.security = weaker(known.security, connection.security);
    known.state = livelier(known.state, state);
    for (const name of connection.address.variables) if (!known.variables.includes(name)) known.variables.push(name);
    const isSame = (other: EndpointNode): boolean =>
      other.id === seen.id && other.detail === seen.detail && `${other.path}` === `${seen.path}`;
    if (!known.nodes.some(isSame)) known.nodes.push(seen);
  }

  /** All, with the config nodes that nothing refers to. */
  endpoints(): Endpoint[] {
    for (const { read, place, lead } of this.#configs.values()) {
      if (this.#used.has(read.node.id)) continue;
      const node: EndpointNode = { ...describe(read, place, 'both', null), state: 'unused' };
      for (const connection of lead.connections) this.add({ kind: lead.entry?.kind ?? 'other', connection, node, isGuess: false });
    }
    return [...this.#endpoints.values()];
  }
}

/** A node of the place: what it leads to itself, what it leads to through config nodes, and what its texts name. */
function look(found: Found, place: Place, node: FlowNode): void {
  if (node.type === 'tab' || node.type === 'subflow' || node.type === 'group' || node.type === 'comment') return;
  const read = place.read(node);
  const entry = catalogue.get(node.type);
  const isConfig = !(Object.hasOwn(node, 'x') && Object.hasOwn(node, 'y'));
  const hasLeads = lookThroughReferences(found, place, read, entry);
  const own = ownLead(read, entry, hasLeads);
  if (isConfig && !isListener(own)) {
    if (own.connections.length > 0 || entry !== undefined) found.addConfig(read, place, own);
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

/** Every property that holds the id of a config node is a reference, also in types that are not known. */
function lookThroughReferences(found: Found, place: Place, read: NodeReader, entry: CatalogueEntry | undefined): boolean {
  let hasLeads = false;
  for (const property of Object.keys(read.node)) {
    const raw = read.raw(property);
    if (notReferences.has(property) || typeof raw !== 'string' || raw === '') continue;
    const config = read.config(property);
    if (config === null || config.node.id === read.node.id) continue;
    found.markUsed(config.node.id);
    const lead = leadOf(config);
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

function stateOf(state: EndpointState, isGuess: boolean, isDynamic: boolean): EndpointState {
  if (state !== 'active') return state;
  return isGuess ? 'guess' : isDynamic ? 'dynamic' : 'active';
}

const liveliness: readonly EndpointState[] = ['unused', 'disabled', 'dynamic', 'guess', 'active'];

function livelier(left: EndpointState, right: EndpointState): EndpointState {
  return liveliness.indexOf(left) >= liveliness.indexOf(right) ? left : right;
}

/** When connections to the same place are protected differently, the weakest tells how it is protected. */
function weaker(left: Security | null, right: Security | null): Security | null {
  if (left === null || right === null) return left ?? right;
  const weakest = (name: keyof Security) =>
    left[name] === 'no' || right[name] === 'no' ? 'no' : left[name] === right[name] ? left[name] : 'unknown';
  return { tls: weakest('tls'), authentication: weakest('authentication'), certificateCheck: weakest('certificateCheck') };
}
