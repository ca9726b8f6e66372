import { sha256Hex } from '@sluice/trust';
import { SnapshotError } from '../errors.ts';
import { isObject, type JsonObject, type JsonValue, prototypeKeyIn, readJson } from '../json.ts';
import { type FlowForm, findFlows } from './flow-forms.ts';
import { defaultFlowLimits, type FlowLimits, type FlowNode } from './flow-node.ts';
import { flowsBytes } from './revision.ts';

/** A flow file, normalised. */
export type ParsedFlows = {
  form: FlowForm;
  /** The nodes in the file's order, each with its keys in the file's order, without inline `credentials`. */
  flows: FlowNode[];
  /** flows.json as stored and delivered. */
  bytes: Uint8Array;
  /** Node-RED's revision of the flows; also the digest of `bytes`. */
  revision: string;
  /** Credentials that came in the same file, plain or encrypted (`{"$": …}`); null when there are none. Read them with `readCredentials`. */
  credentials: JsonObject | null;
  /** Credentials that stood inside nodes, by node id. They would be plain text in every copy of the flows, so they are taken out. */
  inlineCredentials: ReadonlyMap<string, JsonObject>;
  /** Modules and their versions, where the form names them. */
  modules: JsonObject | null;
  /** Environment variables, where the form names them. */
  environment: JsonObject | null;
};

const whatToDo =
  'Use Node-RED\'s flows.json, an export of the editor (array of nodes), a FlowFuse snapshot, one tab of Node-RED\'s admin API, or an object with the array under "flows".';

/**
 * Reads a flow file of any known form.
 *
 * What real files contain is accepted: nodes of absent tabs, wires to nowhere, duplicate ids, word ids, numbers as strings. Refused is only what
 * Node-RED could not start or what would not survive the way to the device unchanged.
 * @throws {SnapshotError} FLOWS_TOO_LARGE (bytes, nodes), FLOWS_MALFORMED
 */
export function parseFlows(source: string | Uint8Array, limits: FlowLimits = defaultFlowLimits): ParsedFlows {
  const length = typeof source === 'string' ? Buffer.byteLength(source) : source.length;
  if (length > limits.bytesMax) {
    throw new SnapshotError(
      'FLOWS_TOO_LARGE',
      `The flow file has ${length} bytes; at most ${limits.bytesMax} are allowed. Move large data out of the flows.`,
    );
  }
  const outcome = readJson(source, limits.depthMax);
  if ('problem' in outcome) throw new SnapshotError('FLOWS_MALFORMED', `The flow file cannot be read: ${outcome.problem}. ${whatToDo}`);
  const parts = findFlows(outcome.value);
  if (parts === null) throw new SnapshotError('FLOWS_MALFORMED', `The file is JSON but holds no flows. ${whatToDo}`);
  if (parts.nodes.length > limits.nodesMax) {
    throw new SnapshotError(
      'FLOWS_TOO_LARGE',
      `There are ${parts.nodes.length} nodes; at most ${limits.nodesMax} are allowed. Split the application.`,
      {
        pointer: parts.pointer,
      },
    );
  }
  if (outcome.mayHavePrototypeKey) refusePrototypeKeys(outcome.value);
  const nodes = parts.nodes.map((node, index) => readNode(node, parts.pointers?.[index] ?? `${parts.pointer}/${index}`));
  const inlineCredentials = new Map<string, JsonObject>();
  const flows = nodes.map((node) => takeCredentials(node, inlineCredentials));
  const { form, credentials, modules, environment } = parts;
  const bytes = flowsBytes(flows);
  return { form, flows, bytes, revision: sha256Hex(bytes), credentials, inlineCredentials, modules, environment };
}

function readNode(value: JsonValue, pointer: string): FlowNode {
  if (!isObject(value)) throw notANode('is not an object', pointer);
  for (const name of ['id', 'type']) {
    if (!Object.hasOwn(value, name) || typeof value[name] !== 'string' || value[name] === '') {
      throw notANode(`has no ${name}`, `${pointer}/${name}`);
    }
  }
  return value as FlowNode;
}

function notANode(what: string, pointer: string): SnapshotError {
  return new SnapshotError('FLOWS_MALFORMED', `A node ${what}, so Node-RED could not start it. Remove it or export the flows again.`, {
    pointer,
  });
}

/** Node-RED does the same with every deploy; a file that kept them would have another revision than the running flows. */
function takeCredentials(node: FlowNode, taken: Map<string, JsonObject>): FlowNode {
  const credentials = Object.hasOwn(node, 'credentials') ? node['credentials'] : undefined;
  if (!isObject(credentials)) return node;
  if (Object.keys(credentials).length > 0) taken.set(node.id, { ...taken.get(node.id), ...credentials });
  const { credentials: _, ...rest } = node;
  return rest as FlowNode;
}

function refusePrototypeKeys(root: JsonValue): void {
  const pointer = prototypeKeyIn(root);
  if (pointer === null) return;
  throw new SnapshotError(
    'FLOWS_MALFORMED',
    'A property is named "__proto__", which no node needs and which can harm the runtime. Rename it.',
    { pointer },
  );
}
