import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonValue } from '../json.ts';

/** A wire from an output (counted from 0) to a node; links between tabs have no output. */
export type Wire = { output: number | null; to: string };

/** The wires that come and go between two forms of a node. */
export function wiresBetween(before: FlowNode, after: FlowNode): { connected: Wire[]; disconnected: Wire[] } {
  const [old, current] = [wiresOf(before), wiresOf(after)];
  return {
    connected: [...current].filter(([key]) => !old.has(key)).map(([, wire]) => wire),
    disconnected: [...old].filter(([key]) => !current.has(key)).map(([, wire]) => wire),
  };
}

function wiresOf(node: FlowNode): Map<string, Wire> {
  const found = new Map<string, Wire>();
  const add = (output: number | null, to: JsonValue): void => {
    if (typeof to === 'string') found.set(`${output} ${to}`, { output, to });
  };
  if (Array.isArray(node['wires'])) {
    // Some files hold ids where arrays of ids should be.
    for (const [output, ids] of node['wires'].entries()) for (const id of Array.isArray(ids) ? ids : [ids]) add(output, id);
  }
  if (Array.isArray(node['links'])) for (const id of node['links']) add(null, id);
  return found;
}
