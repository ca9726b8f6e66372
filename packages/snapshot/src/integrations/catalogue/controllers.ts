import type { Security } from '../endpoint.ts';
import type { NodeReader } from '../reader.ts';
import { joined, type Value } from '../value.ts';
import { at, type CatalogueEntry, type CatalogueFamily, type Connection, hostAndPort, user } from './entry.ts';

/** The protocols of controllers carry neither encryption nor a check of who asks. */
const open: Security = { tls: 'no', authentication: 'no', certificateCheck: 'unknown' };

function controller(scheme: string, hosts: readonly string[], defaultPort: string): (read: NodeReader) => Connection | null {
  return (read) => at(hostAndPort(scheme, read.text(...hosts), read.textOr(defaultPort, 'port')), open);
}

function s7(read: NodeReader): Connection | null {
  const adapter = read.text('adapter');
  const transport = read.text('transport').text;
  // By MPI adapter the controller hangs on a USB port of the host.
  if (transport.startsWith('mpi')) return at(joined('device://', adapter.symbol === '' ? transport : adapter), null);
  return controller('s7', ['address', 'host'], '102')(read);
}

const variable = (read: NodeReader): Value => read.text('variable', 'address', 'varname');
const variables = ['endpoint', 'mode', 'variable', 'diff', 'function', 'program'];

const s7Endpoint: CatalogueEntry = {
  kind: 's7',
  integration: [
    'transport',
    'address',
    'host',
    'port',
    'rack',
    'slot',
    'connmode',
    'localtsaphi',
    'localtsaplo',
    'remotetsaphi',
    'remotetsaplo',
    'adapter',
    'busaddr',
    'cycletime',
    'timeout',
    'vartable',
  ],
  connection: s7,
};
const s7SuiteProperties = ['server', 'address', 'addresses', 'mode', 'interval'];

export const controllers: CatalogueFamily = {
  's7 endpoint': s7Endpoint,
  's7 in': user('s7', 'inbound', variables, variable),
  's7 out': user('s7', 'outbound', variables, variable),
  's7 control': user('s7', 'both', variables, (read) => read.text('function')),
  's7-config': { ...s7Endpoint, integration: [...s7Endpoint.integration, 'plcType', 'backend', 'password'] },
  's7-read': user('s7', 'inbound', s7SuiteProperties, variable),
  's7-trigger': user('s7', 'inbound', s7SuiteProperties, variable),
  's7-browse': user('s7', 'inbound', s7SuiteProperties),
  's7-write': user('s7', 'outbound', s7SuiteProperties, variable),
  'eth-ip endpoint': {
    kind: 'ethernet_ip',
    integration: ['address', 'slot', 'cycletime', 'vartable', 'timeout', 'connectivity'],
    connection: controller('eth-ip', ['address'], '44818'),
  },
  'eth-ip in': user('ethernet_ip', 'inbound', variables, variable),
  'eth-ip out': user('ethernet_ip', 'outbound', variables, variable),
  'BACnet-Client': {
    kind: 'bacnet',
    integration: ['interface', 'port', 'broadcastAddress', 'adpuTimeout'],
    connection: (read) => at(hostAndPort('bacnet', read.textOr('255.255.255.255', 'broadcastAddress'), read.textOr('47808', 'port')), open),
  },
  'BACnet-Device': {
    kind: 'bacnet',
    integration: ['deviceAddress'],
    connection: (read) => at(hostAndPort('bacnet', read.text('deviceAddress'), read.textOr('47808', 'port')), open),
  },
  'BACnet-Read': user('bacnet', 'inbound', ['server', 'device', 'instance', 'objectType', 'propertyId']),
  'BACnet-Write': user('bacnet', 'outbound', ['server', 'device', 'instance', 'objectType', 'propertyId', 'valueTag']),
  'BACnet-Command': user('bacnet', 'both', ['server', 'device', 'commandType']),
  'FINS Connection': {
    kind: 'fins',
    integration: ['host', 'port', 'protocol', 'MODE', 'ICF', 'DNA', 'DA1', 'DA2', 'SNA', 'SA1', 'SA2'],
    connection: controller('fins', ['host'], '9600'),
  },
  'FINS Read': user('fins', 'inbound', ['connection', 'address', 'count'], variable),
  'FINS Read Multiple': user('fins', 'inbound', ['connection', 'addresses']),
  'FINS Write': user('fins', 'outbound', ['connection', 'address', 'data'], variable),
  'FINS Fill': user('fins', 'outbound', ['connection', 'address', 'count'], variable),
  'FINS Control': user('fins', 'both', ['connection', 'command'], (read) => read.text('command')),
  'knxUltimate-config': {
    kind: 'other',
    integration: ['host', 'port', 'physAddr', 'hostProtocol'],
    connection: controller('knx', ['host'], '3671'),
  },
  'socketcan-config': {
    kind: 'device',
    integration: ['interface'],
    connection: (read) => at(read.has('interface') ? joined('can://', read.text('interface')) : null, null),
  },
  'socketcan-in': user('device', 'inbound', ['config']),
  'socketcan-out': user('device', 'outbound', ['config']),
};
