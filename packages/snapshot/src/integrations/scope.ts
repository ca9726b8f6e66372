import type { FlowNode } from '../flows/flow-node.ts';
import { isObject, type JsonValue } from '../json.ts';
import { emptyValue, literal, type Value } from './value.ts';

/** Node-RED's own patterns for a property that is replaced as a whole (@node-red/runtime lib/flows/util.js). */
const wholeProperty = /^\$(?:\{(\S+)\}|\((\S+)\))$/;
const embedded = /\$\{([^}]+)\}/g;
const parentPrefix = '$parent.';
/** Variables can name each other in circles; no real chain is this long. */
const depthMax = 32;

type Definition = { value: JsonValue; type: string };

/**
 * The variables as a node sees them: those of its groups, its tab or instance, the places around that, and last the environment.
 * What no scope defines and no value was given for stays as its symbol.
 */
export class Scope {
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #parent: Scope | null;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(definitions: ReadonlyMap<string, Definition>, parent: Scope | null, environment: Readonly<Record<string, string>> = {}) {
    this.#definitions = definitions;
    this.#parent = parent;
    this.#environment = environment;
  }

  /** A scope within this one; this one when nothing is defined there. */
  inner(...owners: FlowNode[]): Scope {
    const definitions = new Map(owners.flatMap((owner) => definitionsOf(owner)));
    return definitions.size === 0 && owners.every(({ type }) => type !== 'subflow') ? this : new Scope(definitions, this);
  }

  /** A property's value; one that is `${NAME}` or `$(NAME)` as a whole is replaced. */
  resolve(raw: JsonValue | undefined, depth = 0): Value {
    if (typeof raw === 'number' || typeof raw === 'boolean') return literal(String(raw));
    if (typeof raw !== 'string') return emptyValue;
    const match = raw.startsWith('$') ? wholeProperty.exec(raw) : null;
    const name = match?.[1] ?? match?.[2];
    if (name === undefined) return literal(raw);
    return { ...this.#lookUp(name, depth + 1), symbol: raw };
  }

  /** The value of a typed input of type `env`: a bare name, or text with any number of `${NAME}`. */
  resolveTyped(raw: JsonValue | undefined, depth = 0): Value {
    if (typeof raw !== 'string' || raw === '') return emptyValue;
    if (!raw.includes('${')) return { ...this.#lookUp(raw, depth + 1), symbol: `\${${raw}}` };
    const variables: string[] = [];
    let isDynamic = false;
    const text = raw.replaceAll(embedded, (_, name: string) => {
      const value = this.#lookUp(name, depth + 1);
      variables.push(...value.variables);
      isDynamic ||= value.dynamic;
      return value.text;
    });
    return { text, symbol: raw, variables, dynamic: isDynamic };
  }

  #lookUp(reference: string, depth: number): Value {
    const unresolved: Value = { text: `\${${reference}}`, symbol: '', variables: [reference], dynamic: false };
    if (depth > depthMax) return unresolved;
    if (reference.startsWith(parentPrefix)) {
      return (this.#parent ?? this).#lookUp(reference.slice(parentPrefix.length), depth + 1);
    }
    const definition = this.#definitions.get(reference);
    if (definition !== undefined) return this.#evaluate(reference, definition, depth);
    if (this.#parent !== null) return this.#parent.#lookUp(reference, depth + 1);
    const given = Object.hasOwn(this.#environment, reference) ? this.#environment[reference] : undefined;
    return given === undefined ? unresolved : { ...literal(given), variables: [reference] };
  }

  #evaluate(name: string, { value, type }: Definition, depth: number): Value {
    const add = (found: Value): Value => ({ ...found, variables: [name, ...found.variables.filter((other) => other !== name)] });
    if (type === 'cred') return { text: '(secret)', symbol: '', variables: [name], dynamic: false };
    if (type === 'jsonata') return { text: `\${${name}}`, symbol: '', variables: [name], dynamic: true };
    if (type === 'env') {
      // A variable that is called like the one outside that it takes its value from looks there.
      const scope = value === name ? (this.#parent ?? new Scope(new Map(), null, this.#environment)) : this;
      return add(scope.resolveTyped(value, depth + 1));
    }
    if (type === 'conf-type' || type === 'conf-types') return add((this.#parent ?? this).resolve(value, depth + 1));
    return add(typeof value === 'object' ? literal(JSON.stringify(value)) : literal(String(value)));
  }
}

function definitionsOf(owner: FlowNode): [string, Definition][] {
  const env = owner['env'];
  if (!Array.isArray(env)) return [];
  return env.filter(isObject).flatMap((entry): [string, Definition][] => {
    const { name, value, type } = entry;
    return typeof name === 'string' ? [[name, { value: value ?? '', type: typeof type === 'string' ? type : 'str' }]] : [];
  });
}
