import { isObject, type JsonObject, type JsonValue } from '../json.ts';

/** The forms in which flow files occur (see `findFlows`). */
export type FlowForm = 'array' | 'flowfuse_snapshot' | 'flows_object';

/** The parts of a file of any form: its nodes, where they stand in it, and what else of a snapshot it carries. */
export type FlowParts = {
  form: FlowForm;
  nodes: JsonValue[];
  pointer: string;
  credentials: JsonObject | null;
  modules: JsonObject | null;
  environment: JsonObject | null;
};

/**
 * Finds the nodes in a file of a known form; null when it has none of them:
 * - Node-RED's own: an array of nodes;
 * - FlowFuse's snapshot: `{flows: {flows, credentials?}, settings?: {modules?, env?}}`;
 * - an object around the array: `{flows: [...], credentials?, modules?, env?}`, as FlowFuse's device agent and Node-RED's admin API (v2) write it.
 */
export function findFlows(value: JsonValue): FlowParts | null {
  if (Array.isArray(value)) return { form: 'array', nodes: value, pointer: '', credentials: null, modules: null, environment: null };
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
  if (!isObject(flows) || !Array.isArray(inner)) return null;
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

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function objectMember(object: JsonObject, name: string): JsonObject | null {
  const value = member(object, name);
  return isObject(value) ? value : null;
}
