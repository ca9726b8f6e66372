import type { FlowNode } from '../flows/flow-node.ts';
import type { CatalogueEntry, Connection } from '../integrations/catalogue/entry.ts';
import { catalogue } from '../integrations/catalogue/index.ts';
import type { EndpointKind } from '../integrations/endpoint.ts';
import { type Place, placesOf } from '../integrations/places.ts';
import type { NodeReader } from '../integrations/reader.ts';
import { isObject, type JsonValue } from '../json.ts';
import { VariableScopes } from '../variables/scopes.ts';

/** A node that leads outside, where it runs. */
export type FlowConnection = { node: FlowNode; entry: CatalogueEntry; connection: Connection };

/** What rules ask about flows. Found when asked for the first time. */
export class FlowFacts {
  readonly nodes: readonly FlowNode[];
  readonly #values: Readonly<Record<string, string>>;
  readonly #byId: ReadonlyMap<string, FlowNode>;
  readonly #scopes: VariableScopes;
  readonly #usedSubflows = new Map<string, boolean>();
  readonly #instances: ReadonlyMap<string, FlowNode[]>;
  #places: readonly Place[] | undefined;
  #connections: readonly FlowConnection[] | undefined;
  #running: readonly FlowNode[] | undefined;

  constructor(nodes: readonly FlowNode[], values: Readonly<Record<string, string>>) {
    this.nodes = nodes;
    this.#values = values;
    this.#byId = new Map(nodes.map((node) => [node.id, node]));
    this.#scopes = new VariableScopes(nodes);
    this.#instances = Map.groupBy(nodes, ({ type }) => (type.startsWith('subflow:') ? type.slice('subflow:'.length) : ''));
  }

  /** Nodes that run: not disabled, not on a disabled tab, not in a subflow without a running instance, no config node that nothing uses. */
  get running(): readonly FlowNode[] {
    this.#running ??= this.#findRunning();
    return this.#running;
  }

  node(id: string): FlowNode | undefined {
    return this.#byId.get(id);
  }

  /** The tab or subflow that a node stands in, or that it is. */
  containerOf(node: FlowNode): FlowNode | undefined {
    if (isContainer(node)) return node;
    const container = typeof node['z'] === 'string' ? this.#byId.get(node['z']) : undefined;
    return container !== undefined && isContainer(container) ? container : undefined;
  }

  /** Running nodes that the catalogue knows to lead outside; a node in a subflow once for each instance. */
  get connections(): readonly FlowConnection[] {
    this.#connections ??= this.#visit((node, read, entry) =>
      listOf(entry.connection?.(read) ?? null).map((connection) => ({ node, entry, connection })),
    );
    return this.#connections;
  }

  /** Running nodes that change something on other hosts or on machines, as the catalogue knows. */
  writers(): ReadonlySet<FlowNode> {
    return new Set(
      this.#visit((node, read, { direction, kind }) =>
        isPlaced(node) &&
        !node.type.startsWith('ui') &&
        !harmless.has(kind) &&
        (typeof direction === 'function' ? direction(read) : direction) === 'outbound'
          ? [node]
          : [],
      ),
    );
  }

  #visit<Result>(look: (node: FlowNode, read: NodeReader, entry: CatalogueEntry) => Result[]): Result[] {
    this.#places ??= placesOf(this.nodes, this.#values).places;
    const running = new Set(this.running);
    return this.#places.flatMap((place) =>
      place.nodes.flatMap((node) => {
        const entry = catalogue.get(node.type);
        return entry === undefined || !running.has(node) ? [] : look(node, place.read(node), entry);
      }),
    );
  }

  #findRunning(): FlowNode[] {
    const enabled = this.nodes.filter((node) => this.#scopes.isEnabled(node) && this.#isInUse(this.containerOf(node)));
    const used = new Set(enabled.filter(isPlaced).flatMap(textsOf));
    const isUsed = (node: FlowNode): boolean => isPlaced(node) || isContainer(node) || standsAlone.has(node.type) || used.has(node.id);
    const configs = enabled.filter((node) => !isPlaced(node));
    // Config nodes use config nodes; real chains are short.
    for (let round = 0, count = -1; round < 8 && count !== used.size; round += 1) {
      count = used.size;
      for (const config of configs) if (isUsed(config)) for (const text of textsOf(config)) used.add(text);
    }
    return enabled.filter(isUsed);
  }

  #isInUse(container: FlowNode | undefined): boolean {
    if (container?.type !== 'subflow') return true;
    const known = this.#usedSubflows.get(container.id);
    if (known !== undefined) return known;
    // A subflow within itself does not run; the answer while looking ends the circle.
    this.#usedSubflows.set(container.id, false);
    const instances = this.#instances.get(container.id) ?? [];
    const isUsed = instances.some((instance) => this.#scopes.isEnabled(instance) && this.#isInUse(this.containerOf(instance)));
    this.#usedSubflows.set(container.id, isUsed);
    return isUsed;
  }
}

/** What is written there stays on the host, or goes to whoever happens to look. */
const harmless: ReadonlySet<EndpointKind> = new Set(['file', 'websocket']);

/** Config nodes that nothing needs to refer to. */
const standsAlone: ReadonlySet<string> = new Set(['global-config', 'group']);

export function isContainer({ type }: FlowNode): boolean {
  return type === 'tab' || type === 'subflow';
}

/** Whether a node is drawn on a tab, as opposed to a config node. */
export function isPlaced(node: FlowNode): boolean {
  return Object.hasOwn(node, 'x') && Object.hasOwn(node, 'y');
}

/** All texts of a node that can be an id of another. */
function textsOf(node: FlowNode): string[] {
  const found: string[] = [];
  const collect = (value: JsonValue, depth: number): void => {
    if (typeof value === 'string') {
      if (value.length <= 200) found.push(value);
    } else if (depth < 8) {
      if (Array.isArray(value)) for (const item of value) collect(item, depth + 1);
      else if (isObject(value)) for (const member of Object.values(value)) collect(member, depth + 1);
    }
  };
  for (const [property, value] of Object.entries(node)) {
    if (property !== 'id' && property !== 'type' && property !== 'wires') collect(value, 0);
  }
  return found;
}

function listOf(connections: Connection | readonly Connection[] | null): readonly Connection[] {
  if (connections === null) return [];
  return 'address' in connections ? [connections] : connections;
}
