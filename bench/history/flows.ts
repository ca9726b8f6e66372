import type { FlowNode } from '@sluice/snapshot';

const nodesPerTab = 50;

/** Code as people write it: a few lines, different in each node. */
function codeOf(index: number, version: number): string {
  const limit = index === 6 ? version : index;
  return [
    '// Scale the raw value of the sensor and drop what is out of range',
    `const limit = ${limit};`,
    'const value = Number(msg.payload.value) / 10;',
    'if (!Number.isFinite(value) || value > limit * 1000) return null;',
    `msg.topic = \`line/\${flow.get("line")}/sensor/${index}\`;`,
    'msg.payload = { value, unit: "°C", at: msg.payload.at };',
    'return msg;',
  ].join('\n');
}

function nodeOf(index: number, version: number): FlowNode {
  const common = { id: `n${index}`, z: `tab${Math.floor(index / nodesPerTab)}`, name: `Step ${index}`, x: 140 + (index % 5) * 180, y: 60 };
  const wires = [[`n${index + 1}`]];
  if (index % 3 === 0) return { ...common, type: 'function', func: codeOf(index, version), outputs: 1, timeout: 0, libs: [], wires };
  if (index % 3 === 1)
    return { ...common, type: 'mqtt out', topic: `line/1/${index}`, qos: '1', retain: 'false', broker: 'broker', wires: [] };
  const rules = [{ t: 'set', p: 'payload', pt: 'msg', to: `${index}`, tot: 'num' }];
  return { ...common, type: 'change', rules, action: '', property: '', from: '', to: '', reg: false, wires };
}

/** Flows of so many nodes; two versions differ in one line of one function. */
export function flowsOf(nodes: number, version: number): FlowNode[] {
  const tabs = Array.from(
    { length: Math.ceil(nodes / nodesPerTab) },
    (_, index): FlowNode => ({ id: `tab${index}`, type: 'tab', label: `Line ${index}` }),
  );
  const broker: FlowNode = { id: 'broker', type: 'mqtt-broker', broker: 'localhost', port: '1883', usetls: false };
  return [...tabs, broker, ...Array.from({ length: nodes }, (_, index) => nodeOf(index, version))];
}
