// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import fc from 'fast-check';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject, JsonValue } from '../json.ts';

// Few ids, so that generated nodes refer to each other often; words, numbers and dotted ones, as real files have them.
const tabIds = ['t1', '22', 'tab.3'];
const subflowIds = ['s1', '7', 's3'];
const groupIds = ['g1', 'g2', '31', 'g4'];
const configIds = ['c1', 'c2', '5', 'c4'];
const nodeIds = ['n1', 'n2', 'n3', '9', 'n5', 'n6', 'aa.bb', 'n8'];
const anyId = fc.constantFrom(...tabIds, ...subflowIds, ...groupIds, ...configIds, ...nodeIds, 'ghost');

const environment = fc.array(
  fc.record({ name: fc.constantFrom('A', 'B'), value: fc.constantFrom('1', '2', '${A}'), type: fc.constantFrom('str', 'env') }),
  { maxLength: 2 },
);
const optional = { noNullPrototype: true, requiredKeys: [] as [] };
const wires = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.array(fc.constantFrom(...nodeIds, 'ghost'), { maxLength: 2 }), { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...nodeIds), { maxLength: 2 }) },
);
const container = fc.constantFrom(...tabIds, ...subflowIds, 'absent tab');
const property = fc.oneof<fc.Arbitrary<JsonValue>[]>(
  anyId,
  fc.constantFrom('one', 'line\nline', 'constructor'),
  fc.integer({ min: 0, max: 9 }),
  fc.boolean(),
  fc.constant(null),
  fc.array(anyId, { maxLength: 2 }),
  fc.record({ b: fc.constantFrom(1, 2), a: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }) }, optional),
);

const tab = fc.record({ label: fc.constantFrom('A', 'B'), disabled: fc.boolean(), env: environment, info: fc.constant('i') }, optional);
const subflow = fc.record(
  { name: fc.constantFrom('A', 'B'), env: environment, in: fc.constant<JsonValue>([]), out: fc.constant<JsonValue>([]) },
  optional,
);
const group = fc.record(
  {
    z: container,
    g: fc.constantFrom(...groupIds),
    name: fc.constantFrom('A', 'B'),
    env: environment,
    style: fc.record({ label: fc.boolean() }),
    nodes: fc.array(fc.constantFrom(...nodeIds, ...groupIds), { maxLength: 3 }),
    x: fc.integer(),
    w: fc.integer({ min: 1, max: 3 }),
  },
  optional,
);
const config = fc.record(
  { z: fc.constantFrom('', ...tabIds, ...subflowIds), server: fc.constantFrom(...configIds), p: property },
  optional,
);
const ordinary = fc.record(
  {
    z: container,
    g: fc.constantFrom(...groupIds),
    name: fc.constantFrom('A', 'B'),
    d: fc.boolean(),
    x: fc.integer({ min: 0, max: 3 }),
    y: fc.constant(1),
    broker: fc.constantFrom(...configIds),
    p: property,
    q: property,
    env: environment,
    links: fc.array(fc.constantFrom(...nodeIds, 'ghost'), { maxLength: 2 }),
    wires,
  },
  { ...optional, requiredKeys: ['z', 'x', 'y', 'wires'] },
);

/** As a file would be read: plain objects with the usual prototype. */
const asParsed = (node: FlowNode): FlowNode => JSON.parse(JSON.stringify(node));
const typed = (ids: readonly string[], types: readonly string[], properties: fc.Arbitrary<JsonObject>): fc.Arbitrary<FlowNode> =>
  fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...types), properties).map(([id, type, rest]) => asParsed({ id, type, ...rest }));

/** One node of any sort. */
export const anyNode: fc.Arbitrary<FlowNode> = fc.oneof(
  { weight: 2, arbitrary: typed(tabIds, ['tab'], tab) },
  { weight: 1, arbitrary: typed(subflowIds, ['subflow'], subflow) },
  { weight: 2, arbitrary: typed(groupIds, ['group'], group) },
  { weight: 2, arbitrary: typed(configIds, ['mqtt-broker', 'broker', 'global-config'], config) },
  {
    weight: 6,
    arbitrary: typed(
      nodeIds,
      ['inject', 'function', 'link out', 'link in', 'mqtt in', ...subflowIds.map((id) => `subflow:${id}`)],
      ordinary,
    ),
  },
);

const uniqueFlows = fc.uniqueArray(anyNode, { maxLength: 18, selector: ({ id }) => id });

/** Flows in which ids, wires and references are as odd as in real files, duplicate ids included. */
export const anyFlows: fc.Arbitrary<FlowNode[]> = fc.oneof(
  { weight: 4, arbitrary: uniqueFlows },
  { weight: 1, arbitrary: fc.array(anyNode, { maxLength: 12 }) },
);

type Edit = (flows: FlowNode[]) => FlowNode[];

const at = (index: number, flows: readonly FlowNode[]): number => (flows.length === 0 ? 0 : index % flows.length);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.nat().map(
    (index): Edit =>
      (flows) =>
        flows.filter((_, position) => position !== at(index, flows)),
  ),
  anyNode.map(
    (node): Edit =>
      (flows) => [...flows.filter(({ id }) => id !== node.id), node],
  ),
  fc.tuple(fc.nat(), anyNode).map(([index, { id, type, ...change }]): Edit => {
    return (flows) => flows.map((node, position) => (position === at(index, flows) ? { ...node, ...change } : node));
  }),
  fc.tuple(fc.nat(), fc.constantFrom('x', 'y', 'name', 'wires', 'd', 'z', 'env', 'p'), property).map(([index, name, value]): Edit => {
    return (flows) =>
      flows.map((node, position) => {
        if (position !== at(index, flows)) return node;
        if (name in node) return Object.fromEntries(Object.entries(node).filter(([member]) => member !== name)) as FlowNode;
        return name === 'p' || name === 'name' || name === 'x' ? { ...node, [name]: value } : node;
      });
  }),
  fc.nat().map(
    (seed): Edit =>
      (flows) =>
        flows.toSorted((left, right) => ((left.id.charCodeAt(0) * seed) % 7) - ((right.id.charCodeAt(1) * seed) % 7)),
  ),
);

/** Flows, and what some edits make of them. */
export const editedFlows: fc.Arbitrary<{ before: FlowNode[]; after: FlowNode[] }> = fc
  .tuple(anyFlows, fc.array(edit, { maxLength: 4 }))
  .map(([before, edits]) => ({ before, after: edits.reduce((flows, change) => change(flows), before).map(asParsed) }));
