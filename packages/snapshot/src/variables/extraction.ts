import type { VariableDeclaration } from '@sluice/contracts';
import type { FlowNode } from '../flows/flow-node.ts';
import { isObject, type JsonValue } from '../json.ts';
import { type ValuePlace, type VariableProposal, valueAt } from './proposals.ts';

/** A value that was taken out of flows, with everything that is needed to put it back. */
export type ExtractedVariable = {
  name: string;
  secret: boolean;
  /** As environments hold it. */
  value: string;
  /** With the value as it stood there: ports are numbers in some places. */
  places: (ValuePlace & { original: JsonValue })[];
};

export type Extraction = {
  flows: FlowNode[];
  variables: ExtractedVariable[];
  /** What the snapshot declares: values are defaults, secrets have none and are required. */
  declarations: VariableDeclaration[];
};

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/**
 * Replaces values by `${NAME}`. Nothing else changes: the order of nodes and members stays, and `restoreVariables` gives the same bytes.
 * @throws RangeError when a name is no name of a variable or given twice, or a value no longer stands where it was proposed
 */
export function extractVariables(flows: readonly FlowNode[], accepted: readonly Omit<VariableProposal, 'kind'>[]): Extraction {
  checkNames(accepted.map(({ name }) => name));
  const result = [...flows];
  const variables = accepted.map(({ name, value, secret, places }): ExtractedVariable => {
    const extracted = places.map((place) => {
      const node = result[place.index];
      const original = node === undefined ? undefined : valueAt(node, place.pointer);
      if (node?.id !== place.nodeId || original === undefined || original !== value) {
        throw new RangeError(`The value for ${name} does not stand at ${place.pointer} of node ${place.nodeId}.`);
      }
      result[place.index] = withValueAt(node, place.pointer, symbolOf(name));
      return { nodeId: place.nodeId, index: place.index, pointer: place.pointer, original };
    });
    return { name, secret, value: String(value), places: extracted };
  });
  const declarations = variables.map(({ name, secret, value }) =>
    secret ? { name, required: true, secret } : { name, required: false, secret, default: value },
  );
  return { flows: result, variables, declarations };
}

/**
 * Puts extracted values back where their variables stand. Places that hold something else by now, or whose node is gone, are left as they are.
 */
export function restoreVariables(flows: readonly FlowNode[], variables: readonly ExtractedVariable[]): FlowNode[] {
  const result = [...flows];
  const indexes = new Map(flows.map((node, index) => [node.id, index]));
  for (const { name, places } of variables) {
    for (const { nodeId, index, pointer, original } of places) {
      const place = result[index]?.id === nodeId ? index : indexes.get(nodeId);
      const node = place === undefined ? undefined : result[place];
      if (place !== undefined && node !== undefined && valueAt(node, pointer) === symbolOf(name)) {
        result[place] = withValueAt(node, pointer, original);
      }
    }
  }
  return result;
}

function symbolOf(name: string): string {
  return `\${${name}}`;
}

function checkNames(names: readonly string[]): void {
  const wrong = names.find((name, index) => !namePattern.test(name) || names.indexOf(name) !== index);
  if (wrong !== undefined) throw new RangeError(`"${wrong}" cannot be the name of a variable, or is given twice.`);
}

/** A copy in which the value at a pointer is another; everything keeps its place. */
function withValueAt(node: FlowNode, pointer: string, value: JsonValue): FlowNode {
  const path = pointer.split('/').slice(1);
  return replaceIn(
    node,
    path.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
    value,
  ) as FlowNode;
}

function replaceIn(target: JsonValue, [name, ...rest]: readonly string[], value: JsonValue): JsonValue {
  if (name === undefined) return value;
  if (Array.isArray(target)) return target.map((item, index) => (String(index) === name ? replaceIn(item, rest, value) : item));
  if (!isObject(target)) return target;
  return Object.fromEntries(
    Object.entries(target).map(([member, inner]) => [member, member === name ? replaceIn(inner, rest, value) : inner]),
  );
}
