// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import { integrationsOf } from '../integrations/integration-map.ts';
import { anyFlows } from '../testing/generated-flows.ts';
import { extractVariables, restoreVariables } from './extraction.ts';
import { proposeVariables } from './proposals.ts';
import { variablesUsed } from './variables-used.ts';

const flows: FlowNode[] = [
  { id: 't', type: 'tab', label: 'Line 1', env: [{ name: 'LINE_BROKER_HOST', value: 'x', type: 'str' }] },
  { id: 'b', type: 'mqtt-broker', name: 'Line broker', broker: '10.1.2.3', port: '1883' },
  { id: 'b2', type: 'mqtt-broker', name: '', broker: '10.1.2.3', port: 1884 },
  { id: 'local', type: 'mqtt-broker', name: '', broker: 'localhost', port: '1883' },
  {
    id: 'p',
    type: 'postgreSQLConfig',
    name: '',
    host: 'db.plant',
    hostFieldType: 'str',
    port: 5432,
    database: 'line',
    user: 'sluice',
    password: 'hunter2',
  },
  { id: 'm', type: 'mongodb4-client', name: '', uri: 'mongodb://u:hunter2@db.plant/line' },
  {
    id: 'c',
    type: 'modbus-client',
    name: 'Press 4 – Südhalle',
    clienttype: 'tcp',
    tcpHost: '192.168.178.16',
    tcpPort: '502',
    serialPort: '/dev/ttyUSB',
  },
  { id: 'o', type: 'OpcUa-Endpoint', name: '', endpoint: 'opc.tcp://plc-7.plant:4840' },
  { id: 'e', type: 'postgreSQLConfig', host: 'DB_HOST', hostFieldType: 'env', port: '${DB_PORT}', database: '' },
  { id: 'i', type: 'mqtt in', z: 't', name: '', topic: 'plant/line-1/press/state', broker: 'b', x: 1, y: 1, wires: [[]] },
  { id: 'h', type: 'http request', z: 't', name: 'Order', url: 'https://mes.plant/orders', x: 1, y: 1, wires: [[]] },
  { id: 's', type: 'serial-port', serialport: '/dev/ttyS0' },
  { id: 'f', type: 'file', z: 't', name: '', filename: '/data/log.csv', filenameType: 'str', x: 1, y: 1, wires: [[]] },
  { id: 'r', type: 's7-read', z: 't', name: '', server: 'absent', address: 'DB1,REAL0', x: 1, y: 1, wires: [[]] },
];

describe('proposeVariables', () => {
  const proposals = proposeVariables(flows);

  it('when values belong to a site, they are proposed with a name, once each', () => {
    expect(proposals.map(({ kind, name, value, places }) => [kind, name, value, places.length])).toEqual([
      ['secret', 'DATABASE_PASSWORD', 'hunter2', 1],
      ['secret', 'DATABASE_URI', 'mongodb://u:hunter2@db.plant/line', 1],
      ['host', 'LINE_BROKER_HOST_2', '10.1.2.3', 2],
      ['port', 'LINE_BROKER_PORT', '1883', 1],
      ['port', 'MQTT_PORT', 1884, 1],
      ['host', 'DATABASE_HOST', 'db.plant', 1],
      ['port', 'DATABASE_PORT', 5432, 1],
      ['database', 'DATABASE', 'line', 1],
      ['host', 'PRESS_4_SUEDHALLE_HOST', '192.168.178.16', 1],
      ['port', 'PRESS_4_SUEDHALLE_PORT', '502', 1],
      ['url', 'OPCUA_URL', 'opc.tcp://plc-7.plant:4840', 1],
      ['topic', 'PRESS_STATE_TOPIC', 'plant/line-1/press/state', 1],
      ['url', 'ORDER_URL', 'https://mes.plant/orders', 1],
      ['serial_port', 'SERIAL_PORT', '/dev/ttyS0', 1],
      ['file', 'FILE', '/data/log.csv', 1],
    ]);
  });

  it('when a name would be kept from flows or is no name, it gets another', () => {
    const named = (name: string): string | undefined => proposeVariables([{ id: 'b', type: 'mqtt-broker', name, broker: 'a.b' }])[0]?.name;
    expect([named('node'), named('1st'), named('工場'), named('x'.repeat(40)), named('SLUICE')]).toEqual([
      'APP_NODE_HOST',
      'APP_1ST_HOST',
      'MQTT_HOST',
      'MQTT_HOST',
      'APP_SLUICE_HOST',
    ]);
  });

  it('when a list of variables names one by something other than text, proposals are made all the same, and a name it takes is left to it', () => {
    const broker = { id: 'b', type: 'mqtt-broker', name: 'plant', broker: '10.1.2.3', port: '8883' };
    const odd = { toString: 1, valueOf: 1 };
    const tab = {
      id: 't',
      type: 'tab',
      env: [{ name: odd }, { name: 7 }, { name: null }, {}, { name: 'PLANT_HOST', value: 'x', type: 'str' }],
    };
    expect(proposeVariables([tab, broker] as FlowNode[]).map(({ name }) => name)).toEqual(['PLANT_HOST_2', 'PLANT_PORT']);
  });
});

describe('extractVariables', () => {
  it('when all proposals are accepted, flows need exactly those variables, and restoring gives the same bytes', () => {
    const proposals = proposeVariables(flows);
    const { flows: rewritten, variables, declarations } = extractVariables(flows, proposals);
    const names = proposals.map(({ name }) => name);
    expect(variablesUsed(rewritten)).toEqual([...names, 'DB_HOST', 'DB_PORT'].sort());
    expect(rewritten.find(({ id }) => id === 'b')).toEqual({ ...flows[1], broker: '${LINE_BROKER_HOST_2}', port: '${LINE_BROKER_PORT}' });
    expect(declarations.find(({ name }) => name === 'DATABASE_PASSWORD')).toEqual({
      name: 'DATABASE_PASSWORD',
      required: true,
      secret: true,
    });
    expect(declarations.find(({ name }) => name === 'MQTT_PORT')).toEqual({
      name: 'MQTT_PORT',
      required: false,
      secret: false,
      default: '1884',
    });
    const sent = JSON.parse(JSON.stringify(variables)) as typeof variables;
    expect(JSON.stringify(restoreVariables(rewritten, sent))).toBe(JSON.stringify(flows));
  });

  it('when values come back from the environment, flows talk to the same world', () => {
    const { flows: rewritten, variables } = extractVariables(flows, proposeVariables(flows));
    const environment = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
    const addresses = (list: readonly FlowNode[], values: Record<string, string>) =>
      integrationsOf(list, { variables: values }).endpoints.map(({ kind, address }) => `${kind} ${address}`);
    expect(addresses(rewritten, environment)).toEqual(addresses(flows, {}));
  });

  it('when flows went on since, what still holds the variable is restored and the rest left alone', () => {
    const { flows: rewritten, variables } = extractVariables(flows, proposeVariables(flows));
    const edited = rewritten.toReversed().map((node) => (node.id === 'h' ? { ...node, url: 'https://other' } : node));
    const restored = restoreVariables(edited, variables);
    expect(restored.find(({ id }) => id === 'h')).toMatchObject({ url: 'https://other' });
    expect(restored.find(({ id }) => id === 'c')).toEqual(flows.find(({ id }) => id === 'c'));
  });

  it('when names or places are wrong, nothing is extracted', () => {
    const place = { nodeId: 'b', index: 1, pointer: '/broker' };
    const proposal = { name: 'HOST', value: '10.1.2.3', secret: false, places: [place] };
    expect(() => extractVariables(flows, [{ ...proposal, name: 'NO NAME' }])).toThrow(RangeError);
    expect(() => extractVariables(flows, [proposal, proposal])).toThrow(RangeError);
    expect(() => extractVariables(flows, [proposal, { ...proposal, name: 'TWICE' }])).toThrow(RangeError);
    expect(() => extractVariables(flows, [{ ...proposal, value: 'other' }])).toThrow(RangeError);
    expect(() => extractVariables(flows, [{ ...proposal, places: [{ ...place, nodeId: 'c' }] }])).toThrow(RangeError);
    expect(() => extractVariables(flows, [{ ...proposal, places: [{ ...place, index: 99 }] }])).toThrow(RangeError);
  });

  it('when flows are arbitrary, restoring gives the same bytes', () => {
    const withValues = fc
      .tuple(anyFlows, fc.array(fc.constantFrom('10.0.0.1', 'http://a.b/c', 'x'), { minLength: 1 }))
      .map(([nodes, values]) =>
        nodes.map(
          (node, index): FlowNode => ({ ...node, host: values[index % values.length] ?? '', port: index, list: [{ password: 'hunter2' }] }),
        ),
      );
    fc.assert(
      fc.property(withValues, (nodes) => {
        const { flows: rewritten, variables } = extractVariables(nodes, proposeVariables(nodes));
        expect(JSON.stringify(restoreVariables(rewritten, variables))).toBe(JSON.stringify(nodes));
      }),
    );
  });
});
