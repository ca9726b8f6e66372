import type { FlowNode, JsonValue } from '@sluice/snapshot';

const nodesPerTab = 50;

/** Flows of a plant with about so many nodes: tabs with groups, code, wires, brokers and controllers in the proportions of real files. */
export function plantFlows(nodes: number): FlowNode[] {
  const tabs = Math.ceil(nodes / nodesPerTab);
  const configs = Array.from({ length: 10 }, (_, index) => configsOf(index)).flat();
  const flows = [...configs, ...subflow(), ...Array.from({ length: tabs }, (_, index) => tabOf(index)).flat()];
  return flows.slice(0, nodes);
}

const hex = (value: number): string => value.toString(16).padStart(16, '0');

function configsOf(index: number): FlowNode[] {
  const broker = {
    broker: `broker-${index}.plant`,
    port: '8883',
    usetls: true,
    tls: `tls-${index}`,
    clientid: '',
    autoConnect: true,
    keepalive: '60',
  };
  const client = {
    clienttype: 'tcp',
    tcpHost: `10.1.0.${index}`,
    tcpPort: '502',
    unit_id: '1',
    reconnectTimeout: 2000,
    clientTimeout: 1000,
  };
  return [
    { id: `tls-${index}`, type: 'tls-config', name: '', cert: '', key: '', ca: '', verifyservercert: true },
    { id: `broker-${index}`, type: 'mqtt-broker', name: `Broker ${index}`, ...broker },
    { id: `modbus-${index}`, type: 'modbus-client', name: `Controller ${index}`, ...client },
  ];
}

function subflow(): FlowNode[] {
  const ports = { in: [{ x: 60, y: 80, wires: [{ id: 'scale-f' }] }], out: [{ x: 340, y: 80, wires: [{ id: 'scale-f', port: 0 }] }] };
  return [
    { id: 'scale', type: 'subflow', name: 'Scale', info: '', category: '', env: [{ name: 'FACTOR', type: 'num', value: '10' }], ...ports },
    { id: 'scale-f', type: 'function', z: 'scale', name: '', func: code(1), outputs: 1, x: 200, y: 80, wires: [[]] },
  ];
}

function tabOf(tab: number): FlowNode[] {
  const z = hex(tab * 1000 + 1);
  const group: FlowNode = {
    id: hex(tab * 1000 + 2),
    type: 'group',
    z,
    name: `Station ${tab}`,
    style: { label: true },
    nodes: [],
    x: 14,
    y: 19,
    w: 900,
    h: 800,
  };
  const nodes = Array.from({ length: nodesPerTab - 2 }, (_, index) => nodeOf(tab, index, { z, g: group.id }));
  return [
    { id: z, type: 'tab', label: `Line ${tab}`, disabled: false, info: '', env: [] },
    { ...group, nodes: nodes.map(({ id }) => id) },
    ...nodes,
  ];
}

type Step = { tab: number; index: number };

/** The steps of a line, one after the other and again: what each of them is besides its place and its wires. */
const steps: readonly ((step: Step) => { type: string; [property: string]: JsonValue })[] = [
  ({ tab, index }) => ({
    ...{
      type: 'mqtt in',
      topic: `plant/line-${tab}/station-${index}/state`,
      qos: '1',
      datatype: 'auto-detect',
      broker: `broker-${tab % 10}`,
    },
    ...{ nl: false, rap: true, rh: 0, inputs: 0 },
  }),
  functionOf,
  ({ tab }) => ({
    ...{ type: 'change', rules: [{ t: 'set', p: 'payload.line', pt: 'msg', to: `${tab}`, tot: 'num' }] },
    ...{ action: '', property: '', from: '', to: '', reg: false },
  }),
  () => ({
    ...{ type: 'switch', property: 'payload.state', propertyType: 'msg', rules: [{ t: 'eq', v: 'run', vt: 'str' }, { t: 'else' }] },
    ...{ checkall: 'true', repair: false, outputs: 2 },
  }),
  ({ tab, index }) => ({
    ...{ type: 'modbus-read', topic: '', showStatusActivities: false, unitid: '', dataType: 'HoldingRegister', adr: `${index * 10}` },
    ...{ quantity: '10', rate: '1', rateUnit: 's', server: `modbus-${tab % 10}` },
  }),
  functionOf,
  ({ index }) => ({
    ...{ type: index % 16 === 6 ? 'subflow:scale' : 'debug', active: true, tosidebar: true, complete: 'payload', targetType: 'msg' },
  }),
  ({ tab, index }) => ({
    ...{ type: 'http request', method: 'POST', ret: 'obj', paytoqs: 'ignore', url: `https://mes.plant/line/${tab}/step/${index}`, tls: '' },
    ...{ persist: false, proxy: '', authType: '' },
  }),
];

function functionOf({ tab, index }: Step): { type: string; func: string; [property: string]: JsonValue } {
  return { type: 'function', func: code(tab * 100 + index), outputs: 1, timeout: 0, noerr: 0, initialize: '', finalize: '', libs: [] };
}

function nodeOf(tab: number, index: number, place: { z: string; g: string }): FlowNode {
  const step = steps[index % steps.length] ?? functionOf;
  const looks = { name: `Step ${index}`, x: 100 + (index % 8) * 160, y: 60 + Math.floor(index / 8) * 80 };
  return { id: hex(tab * 1000 + 10 + index), ...step({ tab, index }), ...place, ...looks, wires: [[hex(tab * 1000 + 11 + index)]] };
}

function code(seed: number): string {
  const lines = Array.from({ length: 12 }, (_, index) => `const value${index} = Number(msg.payload.values[${index}]) * ${seed + index};`);
  return [...lines, `msg.payload = { station: ${seed}, sum: value0 + value1 + value11 };`, 'return msg;'].join('\n');
}

/** What an engineer changes in a day: every fiftieth node is moved, every hundredth gets other code or another address, some come and go. */
export function editedPlant(flows: readonly FlowNode[]): FlowNode[] {
  const edited = flows.flatMap((node, index) => (index % 200 === 199 && 'x' in node ? [] : [editNode(node, index)]));
  const added = Array.from({ length: 20 }, (_, index) => nodeOf(9_000 + index, index, { z: hex(1), g: hex(2) }));
  return [...edited, ...added];
}

function editNode(node: FlowNode, index: number): FlowNode {
  if (node.type === 'function' && index % 20 === 0) return { ...node, func: String(node['func']).replace('value1 +', 'value2 +') };
  if (node.type === 'mqtt in' && index % 40 === 0) return { ...node, topic: `${String(node['topic'])}/v2` };
  if (node.id === 'broker-3') return { ...node, broker: 'broker-3.elsewhere' };
  return index % 50 === 0 && 'x' in node ? { ...node, x: 20, y: 40 } : node;
}
