import { isObject, type JsonObject, type JsonValue } from '../json.ts';

/** The forms in which flow files occur (see `findFlows`). */
export type FlowForm = 'array' | 'flowfuse_snapshot' | 'flows_object' | 'single_flow' | 'subflow_module';

/** The parts of a file of any form: its nodes, where they stand in it, and what else of a snapshot it carries. */
export type FlowParts = {
  form: FlowForm;
  nodes: JsonValue[];
  /** Where all nodes are. */
  pointer: string;
  /** Where a node is, by its index in `nodes`; undefined: at that place below `pointer`. */
  pointers?: string[];
  credentials: JsonObject | null;
  modules: JsonObject | null;
  environment: JsonObject | null;
};

const nothingElse = { credentials: null, modules: null, environment: null };

/**
 * Finds the nodes in a file of a known form; null when it has none of them:
 * - Node-RED's own: an array of nodes;
 * - FlowFuse's snapshot: `{flows: {flows, credentials?}, settings?: {modules?, env?}}`;
 * - an object around the array: `{flows: [...], credentials?, modules?, env?}`, as FlowFuse's device agent and Node-RED's admin API (v2) write it;
 * - one tab as `GET /flow/:id` of Node-RED answers: `{id, label, nodes, configs?, subflows?}`;
 * - a subflow as a module of its own: `{id, type: "subflow", …, flow: [...]}`.
 */
export function findFlows(value: JsonValue): FlowParts | null {
  if (Array.isArray(value)) return { form: 'array', nodes: value, pointer: '', ...nothingElse };
  if (!isObject(value)) return null;
  const flows = member(value, 'flows');
  if (Array.isArray(flows)) {
    return {
      form: 'flows_object',
      nodes: flows,
      pointer: '/flows',
      credentials: objectMember(value, 'credentials'),
      modules: objectMember(value, 'modules'),
      environment: objectMember(value, 'env'),
    };
  }
  const inner = isObject(flows) ? member(flows, 'flows') : undefined;
  if (!isObject(flows) || !Array.isArray(inner)) return findSingle(value);
  const settings = objectMember(value, 'settings');
  return {
    form: 'flowfuse_snapshot',
    nodes: inner,
    pointer: '/flows/flows',
    credentials: objectMember(flows, 'credentials'),
    modules: settings === null ? null : objectMember(settings, 'modules'),
    environment: settings === null ? null : objectMember(settings, 'env'),
  };
}

type Found = { node: JsonValue; pointer: string };

/** One subflow as a module, or one tab as the admin API answers. */
function findSingle(value: JsonObject): FlowParts | null {
  const inside = member(value, 'flow');
  if (member(value, 'type') === 'subflow' && Array.isArray(inside)) {
    const { flow: _, ...subflow } = value;
    return partsOf('subflow_module', [{ node: subflow, pointer: '' }, ...listIn(value, 'flow', '')]);
  }
  const id = member(value, 'id');
  const hasNodes = ['nodes', 'configs', 'subflows'].some((name) => Array.isArray(member(value, name)));
  if (typeof id !== 'string' || !hasNodes) return null;
  const { nodes: _nodes, configs: _configs, subflows: _subflows, ...tab } = value;
  // Node-RED says `global` for what belongs to no tab.
  const first = id === 'global' ? [] : [{ node: { type: 'tab', ...tab }, pointer: '' }];
  return partsOf('single_flow', [...first, ...listIn(value, 'subflows', '').flatMap(unfoldSubflow), ...nodesIn(value, '')]);
}

function partsOf(form: FlowForm, found: Found[]): FlowParts {
  return { form, nodes: found.map(({ node }) => node), pointer: '', pointers: found.map(({ pointer }) => pointer), ...nothingElse };
}

function listIn(object: JsonObject, name: string, pointer: string): Found[] {
  const list = member(object, name);
  return Array.isArray(list) ? list.map((node, index) => ({ node, pointer: `${pointer}/${name}/${index}` })) : [];
}

function nodesIn(object: JsonObject, pointer: string): Found[] {
  return [...listIn(object, 'nodes', pointer), ...listIn(object, 'configs', pointer)];
}

/** In that answer, subflows hold their nodes; in flow files those stand beside them. */
function unfoldSubflow({ node, pointer }: Found): Found[] {
  if (!isObject(node)) return [{ node, pointer }];
  const { nodes: _nodes, configs: _configs, ...subflow } = node;
  return [{ node: subflow, pointer }, ...nodesIn(node, pointer)];
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function objectMember(object: JsonObject, name: string): JsonObject | null {
  const value = member(object, name);
  return isObject(value) ? value : null;
}
