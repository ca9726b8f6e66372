// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject } from '../json.ts';
import { anyFlows } from '../testing/generated-flows.ts';
import type { Endpoint } from './endpoint.ts';
import { integrationsOf } from './integration-map.ts';

const tab: FlowNode = { id: 't', type: 'tab', label: 'Line 1' };
const placed = { z: 't', x: 1, y: 1, wires: [] };
const broker: FlowNode = { id: 'b', type: 'mqtt-broker', name: '', broker: 'broker.plant', port: '1883' };
const subscriber: FlowNode = { id: 'i', type: 'mqtt in', topic: 'line/1', broker: 'b', ...placed };
const endpoints = (flows: readonly FlowNode[], variables: Record<string, string> = {}): Endpoint[] =>
  integrationsOf(flows, { variables }).endpoints;
const only = (flows: readonly FlowNode[], variables: Record<string, string> = {}): Endpoint => {
  const found = endpoints(flows, variables);
  expect(found).toHaveLength(1);
  return found[0] as Endpoint;
};
const used = (type: string, properties: JsonObject, by: string, property: string): FlowNode[] => [
  { id: 'c', type, ...properties },
  { id: 'n', type: by, [property]: 'c', ...placed },
];

describe('integrationsOf names', () => {
  it.each<[string, FlowNode[], string]>([
    ['a broker', [broker, subscriber], 'mqtt mqtt://broker.plant:1883 inbound'],
    ['a broker with TLS', [{ ...broker, usetls: true, port: 8883 }, subscriber], 'mqtt mqtts://broker.plant:8883 inbound'],
    ['a broker by its address', [{ ...broker, broker: 'wss://broker.plant/mqtt' }, subscriber], 'mqtt wss://broker.plant/mqtt inbound'],
    [
      'an address',
      [{ id: 'n', type: 'http request', method: 'POST', url: 'mes.plant/orders', ...placed }],
      'http http://mes.plant/orders outbound',
    ],
    ['a route', [{ id: 'n', type: 'http in', method: 'post', url: 'orders', ...placed }], 'http /orders inbound listens'],
    ['a listener', [{ id: 'n', type: 'tcp in', server: 'server', port: '9000', ...placed }], 'tcp tcp://*:9000 inbound listens'],
    [
      'a client',
      [{ id: 'n', type: 'tcp out', beserver: 'client', host: 'scale', port: '9000', ...placed }],
      'tcp tcp://scale:9000 outbound',
    ],
    [
      'a controller by Modbus',
      used('modbus-client', { clienttype: 'tcp', tcpHost: 'plc', tcpPort: '502', unit_id: '3' }, 'modbus-read', 'server'),
      'modbus modbus://plc:502/3 inbound',
    ],
    [
      'a controller by serial line',
      used('modbus-client', { clienttype: 'simpleser', serialPort: '/dev/ttyS1' }, 'modbus-write', 'server'),
      'serial serial:///dev/ttyS1 outbound',
    ],
    [
      'a controller by OPC UA',
      used('OpcUa-Endpoint', { endpoint: 'opc.tcp://plc:4840', secpol: 'None', secmode: 'None' }, 'OpcUa-Client', 'endpoint'),
      'opcua opc.tcp://plc:4840 inbound',
    ],
    [
      'a controller by S7',
      used('s7 endpoint', { transport: 'iso-on-tcp', address: 'plc', port: '102' }, 's7 out', 'endpoint'),
      's7 s7://plc:102 outbound',
    ],
    [
      'a controller by EtherNet/IP',
      used('eth-ip endpoint', { address: 'plc' }, 'eth-ip in', 'endpoint'),
      'ethernet_ip eth-ip://plc:44818 inbound',
    ],
    ['a serial port', used('serial-port', { serialport: 'COM3' }, 'serial request', 'serial'), 'serial serial://COM3 both'],
    [
      'a database',
      used('postgreSQLConfig', { host: 'db', port: 5432, database: 'line' }, 'postgresql', 'postgreSQLConfig'),
      'database postgres://db:5432/line both',
    ],
    [
      'a database by its address, without the password',
      used('mongodb4-client', { uri: 'mongodb://u:hunter2@db/line', uriTabActive: 'tab-uri-advanced' }, 'mongodb4', 'clientNode'),
      'database mongodb://***@db/line both',
    ],
    ['a database file', used('sqlitedb', { db: '/data/line.db' }, 'sqlite', 'mydb'), 'database sqlite:///data/line.db both'],
    [
      'a time series',
      used('influxdb', { influxdbVersion: '2.0', url: 'https://influx:8086' }, 'influxdb out', 'influxdb'),
      'database https://influx:8086 outbound',
    ],
    [
      'mail',
      [{ id: 'n', type: 'e-mail', server: 'smtp.plant', port: '465', secure: true, ...placed }],
      'email smtp://smtp.plant:465 outbound',
    ],
    ['a file', [{ id: 'n', type: 'file in', filename: '/data/x.csv', filenameType: 'str', ...placed }], 'file file:///data/x.csv inbound'],
    ['a command', [{ id: 'n', type: 'exec', command: 'reboot', ...placed }], 'exec exec:reboot both'],
    [
      'a server of a type nobody knows',
      used('acme-server', { serverHost: 'acme', serverPort: '77' }, 'acme in', 'server'),
      'other acme:77 both',
    ],
    ['a server whose address is secret', used('acme-server', { name: 'Cloud' }, 'acme in', 'server'), 'other acme-server:Cloud both'],
    [
      'a node that nobody knows',
      [{ id: 'n', type: 'acme', apiUrl: 'https://acme/v1', tooltip: 'x', ...placed }],
      'http https://acme/v1 both',
    ],
    [
      'an address in code',
      [{ id: 'n', type: 'function', func: '// see http://docs/\nmsg.url = "http://mes.plant/a";', ...placed }],
      'http http://mes.plant/a both',
    ],
    [
      'a module in code',
      [{ id: 'n', type: 'function', func: '', libs: [{ var: 'x', module: 'node:child_process' }], ...placed }],
      'exec module:child_process both',
    ],
    [
      'the target of a change',
      [{ id: 'n', type: 'change', rules: [{ t: 'set', p: 'url', to: 'http://mes.plant/b' }], ...placed }],
      'http http://mes.plant/b both',
    ],
  ])('%s', (_, flows, expected) => {
    const { kind, address, direction, listens } = only([tab, ...flows]);
    expect(`${kind} ${address} ${direction}${listens ? ' listens' : ''}`).toBe(expected);
  });

  it('nothing, where texts only look like it', () => {
    const nodes: FlowNode[] = [
      { id: '1', type: 'inject', topic: 'line/1', ...placed },
      { id: '2', type: 'comment', name: 'http://docs', info: 'http://docs', ...placed },
      { id: '3', type: 'ui_button', topic: 'a', group: 'g', ...placed },
      { id: '4', type: 'template', template: '<svg xmlns="http://www.w3.org/2000/svg"/>', ...placed },
      { id: '5', type: 'debug', name: 'http://name', ...placed },
    ];
    expect(endpoints([tab, ...nodes])).toEqual([]);
  });
});

describe('security', () => {
  it.each<[string, FlowNode[], Partial<Endpoint['security'] & object>]>([
    ['TLS with its checks', [{ ...broker, usetls: true }, subscriber], { tls: 'yes', certificateCheck: 'yes' }],
    [
      'TLS without checks',
      [{ ...broker, usetls: true, tls: 'x' }, { id: 'x', type: 'tls-config', verifyservercert: false }, subscriber],
      { tls: 'yes', certificateCheck: 'no' },
    ],
    ['no TLS', [broker, subscriber], { tls: 'no', authentication: 'unknown' }],
    [
      'https with a user',
      [{ id: 'n', type: 'http request', url: 'https://a/b', authType: 'basic', ...placed }],
      { tls: 'yes', authentication: 'yes' },
    ],
    ['https without a user', [{ id: 'n', type: 'http request', url: 'https://a/b', ...placed }], { tls: 'yes', authentication: 'no' }],
    [
      'an open OPC UA',
      used('OpcUa-Endpoint', { endpoint: 'opc.tcp://a', secpol: 'None', secmode: 'None' }, 'OpcUa-Client', 'endpoint'),
      { tls: 'no', authentication: 'no' },
    ],
    [
      'a signed OPC UA',
      used(
        'OpcUa-Endpoint',
        { endpoint: 'opc.tcp://a', secpol: 'Basic256Sha256', secmode: 'SIGNANDENCRYPT', login: true },
        'OpcUa-Client',
        'endpoint',
      ),
      { tls: 'yes', authentication: 'yes' },
    ],
    [
      'a server anybody may read',
      [{ id: 'n', type: 'OpcUa-Server', port: '53880', allowAnonymous: true, ...placed }],
      { authentication: 'no' },
    ],
    [
      'a database that trusts any certificate',
      used('MSSQL-CN', { server: 'db', encyption: true, trustServerCertificate: true }, 'MSSQL', 'mssqlCN'),
      { tls: 'yes', certificateCheck: 'no' },
    ],
  ])('when there is %s, it says so', (_, flows, expected) => {
    expect(only([tab, ...flows]).security).toMatchObject(expected);
  });

  it('when a file or a command is meant, the question does not arise', () => {
    expect(only([tab, { id: 'n', type: 'exec', command: 'ls', ...placed }]).security).toBeNull();
  });
});

describe('state', () => {
  const state = (...flows: FlowNode[]): Endpoint['state'] => only(flows).state;
  it('when nodes are disabled, or their tab or instance, it is disabled, unless another one uses it', () => {
    expect(state(tab, broker, { ...subscriber, d: true })).toBe('disabled');
    expect(state({ ...tab, disabled: true }, broker, subscriber)).toBe('disabled');
    expect(state(tab, { ...broker, d: true }, subscriber)).toBe('disabled');
    expect(state(tab, broker, { ...subscriber, d: true }, { ...subscriber, id: 'j' })).toBe('active');
  });
  it('when nothing refers to it, or its subflow has no instance, it is unused', () => {
    expect(state(tab, broker)).toBe('unused');
    expect(state({ id: 's', type: 'subflow' }, broker, { ...subscriber, z: 's' })).toBe('unused');
  });
  it('when a message decides, it is dynamic', () => {
    expect(state(tab, { id: 'n', type: 'http request', url: '', ...placed })).toBe('dynamic');
    expect(state(tab, { id: 'n', type: 'http request', url: 'http://a/{{payload.id}}', ...placed })).toBe('dynamic');
    expect(state(tab, { id: 'n', type: 'file', filename: 'payload.f', filenameType: 'msg', ...placed })).toBe('dynamic');
  });
  it('when the type is not known, it is a guess', () => {
    expect(state(tab, { id: 'n', type: 'acme', host: 'a.b', ...placed })).toBe('guess');
  });
});

describe('variables', () => {
  const dynamic: FlowNode = { ...broker, broker: '${BROKER}', port: '$(PORT)' };

  it('when a target has values, addresses have them; the symbol stays as written', () => {
    expect(only([tab, dynamic, subscriber])).toMatchObject({
      address: 'mqtt://${BROKER}:${PORT}',
      symbol: 'mqtt://${BROKER}:$(PORT)',
      variables: ['BROKER', 'PORT'],
    });
    expect(only([tab, dynamic, subscriber], { BROKER: 'a', PORT: '1' })).toMatchObject({
      address: 'mqtt://a:1',
      symbol: 'mqtt://${BROKER}:$(PORT)',
      authority: 'a:1',
    });
  });

  it('when tab, group or global-config define them, the nearest counts', () => {
    const env = (value: string, type = 'str'): JsonObject[] => [{ name: 'HOST', value, type }];
    const request: FlowNode = { id: 'n', type: 'tcp request', server: '${HOST}', port: '1', ...placed, g: 'g' };
    const address = (...flows: FlowNode[]) => only([...flows, request], { HOST: 'outside', OTHER: 'other' }).address;
    expect(address(tab)).toBe('tcp://outside:1');
    expect(address(tab, { id: 'x', type: 'global-config', env: env('global') })).toBe('tcp://global:1');
    expect(address({ ...tab, env: env('tab') }, { id: 'x', type: 'global-config', env: env('global') })).toBe('tcp://tab:1');
    expect(address({ ...tab, env: env('tab') }, { id: 'g', type: 'group', z: 't', env: env('group') })).toBe('tcp://group:1');
    expect(address({ ...tab, env: env('OTHER', 'env') })).toBe('tcp://other:1');
    expect(address({ ...tab, env: env('HOST', 'env') })).toBe('tcp://outside:1');
    expect(address({ ...tab, env: env('a-${OTHER}', 'env') })).toBe('tcp://a-other:1');
    expect(address({ ...tab, env: env('x', 'cred') })).toBe('tcp://(secret):1');
  });

  it('when a typed input names a variable, it is looked up', () => {
    const flows = used('postgreSQLConfig', { host: 'DB', hostFieldType: 'env', port: '5432' }, 'postgresql', 'postgreSQLConfig');
    expect(only([tab, ...flows], { DB: 'db.plant' })).toMatchObject({
      address: 'postgres://db.plant:5432',
      symbol: 'postgres://${DB}:5432',
    });
  });
});

describe('subflows', () => {
  const subflow: FlowNode = { id: 's', type: 'subflow', name: 'Press', env: [{ name: 'HOST', value: 'default', type: 'str' }] };
  const inner: FlowNode = { id: 'n', type: 'tcp request', server: '${HOST}', port: '1', x: 1, y: 1, z: 's' };
  const instance = (id: string, host?: string, z = 't'): FlowNode => {
    return { id, type: 'subflow:s', ...placed, z, env: host === undefined ? [] : [{ name: 'HOST', value: host, type: 'str' }] };
  };

  it('when a subflow is used twice, each instance has its own address', () => {
    const found = endpoints([tab, subflow, inner, instance('1', 'a'), instance('2')]);
    expect(found.map(({ address, nodes }) => [address, nodes.map(({ id, path, tabLabel }) => [id, path, tabLabel])])).toEqual([
      ['tcp://a:1', [['n', ['1'], 'Press']]],
      ['tcp://default:1', [['n', ['2'], 'Press']]],
    ]);
  });

  it('when subflows nest, the way from the outside in is told', () => {
    const outer: FlowNode = { id: 'o', type: 'subflow', env: [{ name: 'HOST', value: 'outer', type: 'str' }] };
    const flows = [
      tab,
      outer,
      subflow,
      inner,
      { ...instance('1', undefined, 'o'), env: [{ name: 'HOST', value: '$parent.HOST', type: 'env' }] },
    ];
    expect(only([...flows, { id: '2', type: 'subflow:o', ...placed }])).toMatchObject({
      address: 'tcp://outer:1',
      nodes: [{ path: ['2', '1'] }],
    });
  });

  it('when an instance chooses the config node, that one counts', () => {
    const template: FlowNode = { id: 's', type: 'subflow', env: [{ name: 'BROKER', value: '', type: 'str' }] };
    const choosing: FlowNode = { id: '1', type: 'subflow:s', ...placed, env: [{ name: 'BROKER', value: 'b', type: 'conf-type' }] };
    const found = only([tab, broker, template, choosing, { ...subscriber, z: 's', broker: '${BROKER}' }]);
    expect(found).toMatchObject({ address: 'mqtt://broker.plant:1883', state: 'active', nodes: [{ id: 'i', path: ['1'] }] });
  });

  it('when a config node stands in the subflow, it is read with the instance', () => {
    const own: FlowNode = { ...broker, z: 's', broker: '${HOST}' };
    expect(only([tab, subflow, own, { ...subscriber, z: 's' }, instance('1', 'a')]).address).toBe('mqtt://a:1883');
  });

  it('when subflows hold themselves or multiply, it ends', () => {
    expect(only([tab, subflow, inner, instance('1', 'a', 's'), instance('2', 'b')]).address).toBe('tcp://b:1');
    const levels = Array.from({ length: 24 }, (_, level): FlowNode[] => [
      { id: `s${level}`, type: 'subflow' },
      ...['a', 'b'].map((side): FlowNode => ({ id: `${side}${level}`, type: `subflow:s${level + 1}`, ...placed, z: `s${level}` })),
    ]).flat();
    const map = integrationsOf([tab, { id: 'r', type: 'subflow:s0', ...placed }, ...levels]);
    expect(map.truncated).toBe(true);
  });
});

describe('odd flows', () => {
  it('when tabs are absent or several nodes share an id, everything is found', () => {
    const found = endpoints([broker, { ...subscriber, z: 'absent' }, { ...subscriber, z: 'absent', topic: 'other' }]);
    expect(found[0]?.nodes.map(({ tabId, tabLabel, detail }) => [tabId, tabLabel, detail])).toEqual([
      ['absent', null, 'line/1'],
      ['absent', null, 'other'],
    ]);
  });

  it('when properties have other types than usual, nothing breaks', () => {
    const odd: FlowNode[] = ['mqtt in', 'http request', 'tcp in', 'modbus-client', 'postgreSQLConfig', 'watch', 'exec', 'acme'].map(
      (type, index) => ({
        id: `${index}`,
        type,
        ...placed,
        broker: { a: 1 },
        url: ['x'],
        host: null,
        port: true,
        files: 5,
        command: {},
        env: 'x',
        server: [[]],
        topic: 0,
      }),
    );
    expect(() => endpoints(odd)).not.toThrow();
    fc.assert(fc.property(anyFlows, (flows) => void integrationsOf(flows)));
  });
});

describe('files that a message names', () => {
  it.each<[string, JsonObject, string[]]>([
    ['code', { type: 'function', func: 'msg.filename = "/data/log.csv";' }, ['file:///data/log.csv']],
    ['code that goes on', { type: 'function', func: "msg.filename = '/data/log_' + day + '.csv';" }, ['file:///data/log_*']],
    [
      'a variable of the code',
      { type: 'function', func: "let path = 'C:\\\\data\\\\a.csv';\nmsg.filename = path" },
      ['file://C:\\data\\a.csv'],
    ],
    ['a rule', { type: 'change', rules: [{ t: 'set', p: 'filename', pt: 'msg', to: '/data/b.csv', tot: 'str' }] }, ['file:///data/b.csv']],
    ['nothing that stands there', { type: 'function', func: 'msg.filename = flow.get("path"); msg.filenames = "x"' }, []],
  ])('when %s gives the name, the file is told as a guess', (_what, { type, ...properties }, expected) => {
    const found = endpoints([tab, { id: 'n', type: String(type), ...properties, ...placed }]);
    expect(found.map(({ address, state }) => [address, state])).toEqual(expected.map((address) => [address, 'guess']));
  });
});

it('when chips hang on a bus, each is one endpoint with its channels', () => {
  const channel = (id: string, pin: string): FlowNode => ({ id, type: 'pimcp3008', bus: '1', dnum: '0', pin, ...placed });
  const [found, ...more] = endpoints([tab, channel('a', '0'), channel('b', '1')]);
  expect([found?.address, found?.nodes.map(({ detail }) => detail), more]).toEqual(['spi://1.0', ['0', '1'], []]);
});
