import type { EndpointUse, FleetEndpoint, FleetIntegrationQuery, FleetIntegrations, Page, TalkingDevice } from '@sluice/contracts';
import { type Endpoint, type EndpointNode, livelier, weaker } from '@sluice/snapshot';
import { LRUCache } from 'lru-cache';
import { isAsked, isAt, pageByKey, pageKey, unresolvedIn } from './endpoint-page.ts';
import type { ReadSnapshot } from './snapshot-cache.ts';
import type { Fleet, RunningRelease, Values } from './tasks.ts';

const devicesShown = 10;
const nodesShown = 50;
/** Some 200 bytes each. */
const nodesRemembered = 1_000_000;

/** One release's way to an endpoint. A combination of values leads there at most once, so devices are listed once. */
type Use = {
  release: RunningRelease;
  all: boolean;
  devices: number[];
  symbol: string;
  variables: Set<string>;
  nodes: Map<string, EndpointNode>;
};
type Found = { endpoint: Endpoint; uses: Map<RunningRelease, Use> };

/** What depends on variables, by snapshot and values: the same for all devices that share them. */
export type ResolvedMaps = LRUCache<string, Endpoint[]>;

export function createResolvedMaps(): ResolvedMaps {
  const sizeOf = (endpoints: Endpoint[]): number => endpoints.reduce((sum, { nodes }) => sum + nodes.length + 1, 1);
  return new LRUCache<string, Endpoint[]>({ maxSize: nodesRemembered, sizeCalculation: sizeOf });
}

export type FleetReader = { read: (snapshotId: string) => ReadSnapshot; resolved: ResolvedMaps };

function resolve({ read, resolved }: FleetReader, snapshotId: string, values: Values): Endpoint[] {
  const key = `${snapshotId} ${JSON.stringify(Object.entries(values).sort())}`;
  const known = resolved.get(key);
  if (known !== undefined) return known;
  const endpoints = read(snapshotId).split().resolve(values);
  resolved.set(key, endpoints);
  return endpoints;
}

type Sighting = { release: RunningRelease; devices: readonly number[] | 'all' };

function see(found: Map<string, Found>, endpoint: Endpoint, { release, devices }: Sighting): void {
  const key = `${endpoint.kind} ${endpoint.address}`;
  const known = found.get(key);
  const entry = known ?? { endpoint: { ...endpoint, nodes: [] }, uses: new Map<RunningRelease, Use>() };
  if (known === undefined) found.set(key, entry);
  else merge(entry.endpoint, endpoint);
  const { symbol } = endpoint;
  const use: Use = entry.uses.get(release) ?? { release, all: false, devices: [], symbol, variables: new Set<string>(), nodes: new Map() };
  entry.uses.set(release, use);
  if (devices === 'all') use.all = true;
  else use.devices.push(...devices);
  for (const name of endpoint.variables) use.variables.add(name);
  for (const node of endpoint.nodes) use.nodes.set([...node.path, node.id, node.detail ?? ''].join(' '), node);
}

function merge(into: Endpoint, other: Endpoint): void {
  if (into.direction !== other.direction) into.direction = 'both';
  into.listens ||= other.listens;
  into.security = weaker(into.security, other.security);
  into.state = livelier(into.state, other.state);
}

type Whole = { found: Found[]; unresolvedVariables: string[]; truncated: boolean };

/** Everything that the devices talk to, as far as it was asked for. */
function collect(reader: FleetReader, fleet: Fleet, query: FleetIntegrationQuery): Whole {
  const found = new Map<string, Found>();
  const unresolved = new Set<string>();
  let truncated = false;
  const seeAll = (endpoints: readonly Endpoint[], sighting: Sighting): void => {
    const asked = endpoints.filter((endpoint) => isAt(endpoint, query));
    for (const name of unresolvedIn(asked)) unresolved.add(name);
    for (const endpoint of asked) see(found, endpoint, sighting);
  };
  for (const release of fleet.releases) {
    const split = reader.read(release.snapshotId).split();
    truncated ||= split.truncated;
    seeAll(split.fixed, { release, devices: 'all' });
    for (const { values, devices } of release.combinations) {
      seeAll(resolve(reader, release.snapshotId, values), { release, devices });
    }
  }
  const asked = [...found.values()].filter(({ endpoint }) => isAsked(endpoint, query));
  return { found: asked, unresolvedVariables: [...unresolved].sort(), truncated };
}

const devicesOf = (use: Use): readonly number[] => (use.all ? use.release.devices : use.devices);

function useOf(use: Use): EndpointUse {
  const { application, release, snapshotId } = use.release;
  const nodes = [...use.nodes.values()];
  return {
    application,
    release,
    snapshotId,
    deviceCount: devicesOf(use).length,
    symbol: use.symbol,
    variables: [...use.variables].sort(),
    nodes: nodes.slice(0, nodesShown),
    nodeCount: nodes.length,
  };
}

function fleetEndpointOf({ endpoint, uses }: Found, fleet: Fleet): FleetEndpoint {
  const { kind, address, authority, direction, listens, security, state } = endpoint;
  const all = [...uses.values()];
  const first = all.flatMap((use) => [...devicesOf(use)].sort((left, right) => left - right).slice(0, devicesShown));
  return {
    ...{ kind, address, authority, direction, listens, security, state },
    deviceCount: all.reduce((sum, use) => sum + devicesOf(use).length, 0),
    devices: first
      .sort((left, right) => left - right)
      .slice(0, devicesShown)
      .flatMap((index) => fleet.devices[index] ?? []),
    uses: all.map(useOf),
  };
}

/** One page of what a fleet talks to, each endpoint with the devices and the nodes behind it. @throws RefusalError CURSOR_INVALID */
export function fleetMap(reader: FleetReader, fleet: Fleet, query: FleetIntegrationQuery): FleetIntegrations {
  const { found, ...rest } = collect(reader, fleet, query);
  const page = pageByKey(found, query, ({ endpoint }) => pageKey(endpoint));
  const items = page.items.map((each) => fleetEndpointOf(each, fleet));
  return { items, nextCursor: page.nextCursor, ...rest, deviceCount: fleet.devices.length };
}

/** One page of the devices that talk to what was asked for, by name. @throws RefusalError CURSOR_INVALID */
export function talkersOf(reader: FleetReader, fleet: Fleet, query: FleetIntegrationQuery): Page<TalkingDevice> {
  const { found } = collect(reader, fleet, query);
  const devices = new Map<number, TalkingDevice>();
  for (const { endpoint, uses } of found) {
    for (const use of uses.values()) {
      for (const index of devicesOf(use)) {
        const device = fleet.devices[index];
        if (device === undefined) continue;
        const talker = devices.get(index) ?? { ...device, release: use.release.release, endpoints: [] };
        talker.endpoints.push({ kind: endpoint.kind, address: endpoint.address, nodeCount: use.nodes.size });
        devices.set(index, talker);
      }
    }
  }
  return pageByKey([...devices.values()], query, ({ id, name }) => `${name} ${id}`);
}
