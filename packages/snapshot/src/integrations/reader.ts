import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonValue } from '../json.ts';
import type { Scope } from './scope.ts';
import { emptyValue, fromMessage, literal, type Value } from './value.ts';

/** Finds a config node by its id, and how it is to be read. */
export type ConfigFinder = (id: string) => NodeReader | null;

/** Types of a typed input whose value only a message or a computation knows. */
const computed: ReadonlySet<string> = new Set(['msg', 'flow', 'global', 'jsonata']);

/** Reads the properties of a node where it stands: with the variables it sees there, and the config nodes it refers to. */
export class NodeReader {
  readonly node: FlowNode;
  readonly scope: Scope;
  readonly #find: ConfigFinder;

  constructor(node: FlowNode, scope: Scope, find: ConfigFinder) {
    this.node = node;
    this.scope = scope;
    this.#find = find;
  }

  /** The first of the properties that is not empty, numbers as text; the empty value without any. */
  text(...properties: string[]): Value {
    for (const property of properties) {
      const value = this.scope.resolve(this.raw(property));
      if (value.text !== '' || value.symbol !== '') return value;
    }
    return emptyValue;
  }

  /** A typed input: what its value comes to depends on the property that names its type. */
  typed(property: string, typeProperty: string): Value {
    const type = this.raw(typeProperty);
    if (type === 'env') return this.scope.resolveTyped(this.raw(property));
    if (typeof type === 'string' && computed.has(type)) return fromMessage(`${type}.${this.scope.resolve(this.raw(property)).symbol}`);
    return this.text(property);
  }

  /** A property, else what the type of node takes instead. */
  textOr(fallback: string, ...properties: string[]): Value {
    const value = this.text(...properties);
    return value.symbol === '' ? literal(fallback) : value;
  }

  is(property: string): boolean {
    return this.text(property).text === 'true';
  }

  has(property: string): boolean {
    return this.text(property).symbol !== '';
  }

  /** The config node that a property names. */
  config(property: string): NodeReader | null {
    const raw = this.raw(property);
    if (typeof raw !== 'string' || raw === '') return null;
    // Every property of every node is asked: most are no references, and looking them up is all that is needed.
    return this.#find(raw.startsWith('$') ? this.scope.resolve(raw).text : raw);
  }

  raw(property: string): JsonValue | undefined {
    return Object.hasOwn(this.node, property) ? this.node[property] : undefined;
  }
}
