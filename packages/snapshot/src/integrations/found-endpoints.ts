import type { FlowNode } from '../flows/flow-node.ts';
import { authorityOf, withoutSecrets } from './addresses.ts';
import type { CatalogueEntry, Connection } from './catalogue/entry.ts';
import type { Endpoint, EndpointKind, EndpointNode, EndpointState, Security } from './endpoint.ts';
import type { NodeReader } from './reader.ts';
import type { Scope } from './scope.ts';

/** A node that was seen to lead somewhere. */
export type Sighting = { kind: EndpointKind; connection: Connection; node: EndpointNode; isGuess: boolean };

/** What a node leads to, and whether that is only a guess. */
export type Lead = { entry: CatalogueEntry | undefined; connections: readonly Connection[]; isGuess: boolean };

/** Endpoints while they are found: sightings of the same address become one. */
export class FoundEndpoints {
  readonly #endpoints = new Map<string, { endpoint: Endpoint; seen: Set<string> }>();
  readonly #usedConfigs = new Set<string>();
  /** Config nodes that lead outside, with what to tell of them when nothing refers to them. */
  readonly #configs: { id: string; node: EndpointNode; lead: Lead }[] = [];
  /** Config nodes are asked by all of their users. */
  readonly #leads = new Map<FlowNode, { scope: Scope; lead: Lead }>();

  /** What a config node leads to, read once in each scope. */
  leadOf(config: NodeReader, read: (config: NodeReader) => Lead): Lead {
    const known = this.#leads.get(config.node);
    if (known?.scope === config.scope) return known.lead;
    const lead = read(config);
    this.#leads.set(config.node, { scope: config.scope, lead });
    return lead;
  }

  markUsed(configId: string): void {
    this.#usedConfigs.add(configId);
  }

  addConfig(id: string, node: EndpointNode, lead: Lead): void {
    this.#configs.push({ id, node, lead });
  }

  add({ kind, connection, node, isGuess }: Sighting): void {
    const address = withoutSecrets(connection.address.text);
    const sighted = { ...node, state: stateOf(node.state, isGuess, connection.address.dynamic) };
    const key = `${connection.kind ?? kind} ${address}`;
    const known = this.#endpoints.get(key);
    if (known === undefined) {
      const endpoint = newEndpoint({ kind, connection, node: sighted, isGuess }, address);
      this.#endpoints.set(key, { endpoint, seen: new Set([identityOf(sighted)]) });
      return;
    }
    const { endpoint, seen } = known;
    if (endpoint.direction !== sighted.direction) endpoint.direction = 'both';
    endpoint.listens ||= connection.listens === true;
    endpoint.security = weaker(endpoint.security, connection.security);
    endpoint.state = livelier(endpoint.state, sighted.state);
    for (const name of connection.address.variables) if (!endpoint.variables.includes(name)) endpoint.variables.push(name);
    if (seen.has(identityOf(sighted))) return;
    seen.add(identityOf(sighted));
    endpoint.nodes.push(sighted);
  }

  /** All, with those of config nodes that nothing refers to. */
  finish(): Endpoint[] {
    for (const { id, node, lead } of this.#configs) {
      if (this.#usedConfigs.has(id)) continue;
      const kind = lead.entry?.kind ?? 'other';
      for (const connection of lead.connections) this.add({ kind, connection, node: { ...node, state: 'unused' }, isGuess: false });
    }
    return [...this.#endpoints.values()].map(({ endpoint }) => endpoint);
  }
}

function newEndpoint({ kind, connection, node }: Sighting, address: string): Endpoint {
  return {
    kind: connection.kind ?? kind,
    address,
    symbol: withoutSecrets(connection.address.symbol),
    authority: authorityOf(address),
    variables: [...new Set(connection.address.variables)],
    direction: node.direction,
    listens: connection.listens === true,
    security: connection.security,
    state: node.state,
    nodes: [node],
  };
}

function identityOf({ id, path, detail }: EndpointNode): string {
  return [...path, id, detail ?? ''].join(' ');
}

function stateOf(state: EndpointState, isGuess: boolean, isDynamic: boolean): EndpointState {
  if (state !== 'active') return state;
  return isGuess ? 'guess' : isDynamic ? 'dynamic' : 'active';
}

const liveliness: readonly EndpointState[] = ['unused', 'disabled', 'dynamic', 'guess', 'active'];

/** Of several uses the liveliest tells. */
export function livelier(left: EndpointState, right: EndpointState): EndpointState {
  return liveliness.indexOf(left) >= liveliness.indexOf(right) ? left : right;
}

/** When connections to the same place are protected differently, the weakest tells how it is protected. */
export function weaker(left: Security | null, right: Security | null): Security | null {
  if (left === null || right === null) return left ?? right;
  const weakest = (name: keyof Security) =>
    left[name] === 'no' || right[name] === 'no' ? 'no' : left[name] === right[name] ? left[name] : 'unknown';
  return { tls: weakest('tls'), authentication: weakest('authentication'), certificateCheck: weakest('certificateCheck') };
}
