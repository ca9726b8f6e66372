import type { Security } from '../endpoint.ts';
import type { NodeReader } from '../reader.ts';
import { fromMessage, joined, type Value } from '../value.ts';
import { at, type CatalogueFamily, type Connection, hostAndPort, onThisHost, user } from './entry.ts';

/** Modbus knows neither encryption nor users. */
const modbusSecurity: Security = { tls: 'no', authentication: 'no', certificateCheck: 'unknown' };

function client(read: NodeReader): Connection | null {
  const unit = read.textOr('1', 'unit_id');
  if (!read.text('clienttype').text.startsWith('tcp')) {
    const port = read.text('serialPort');
    return port.symbol === '' ? null : { address: joined('serial://', port), security: null, kind: 'serial' };
  }
  const address = hostAndPort('modbus', read.textOr('127.0.0.1', 'tcpHost'), read.textOr('502', 'tcpPort'));
  return address === null ? null : at(joined(address, '/', unit), modbusSecurity);
}

/** Which registers of which unit. */
function registers(read: NodeReader): Value {
  const type = read.text('dataType');
  const range = joined(type, ' ', read.textOr('0', 'adr'), ' ×', read.textOr('1', 'quantity'));
  return read.has('unitid') ? joined('unit ', read.text('unitid'), ' ', range) : range;
}

const connectionProperties = [
  'clienttype',
  'tcpHost',
  'tcpPort',
  'tcpType',
  'serialPort',
  'serialType',
  'serialBaudrate',
  'serialDatabits',
  'serialStopbits',
  'serialParity',
  'unit_id',
  'reconnectTimeout',
  'clientTimeout',
  'commandDelay',
  'parallelUnitIdsAllowed',
];
const registerProperties = ['server', 'unitid', 'dataType', 'adr', 'quantity', 'rate', 'rateUnit'];
const byMessage = (): Value => fromMessage('registers');

function server(hostProperty: string): (read: NodeReader) => Connection {
  return (read) => {
    const host = read.text(hostProperty);
    const port = read.textOr('502', 'serverPort');
    const isNamed = host.symbol !== '' && host.text !== '0.0.0.0';
    const address = isNamed ? joined('modbus://', host, ':', port) : onThisHost('modbus', port);
    return { address, security: modbusSecurity, listens: true };
  };
}

export const modbus: CatalogueFamily = {
  'modbus-client': { kind: 'modbus', integration: connectionProperties, connection: client },
  'modbus-read': user('modbus', 'inbound', registerProperties, registers),
  'modbus-getter': user('modbus', 'inbound', registerProperties, registers),
  'modbus-write': user('modbus', 'outbound', registerProperties, registers),
  'modbus-flex-getter': user('modbus', 'inbound', ['server'], byMessage),
  'modbus-flex-write': user('modbus', 'outbound', ['server'], byMessage),
  'modbus-flex-sequencer': user('modbus', 'inbound', ['server', 'sequences']),
  'modbus-flex-fc': user('modbus', 'both', ['server', 'fc'], byMessage),
  'modbus-flex-connector': user('modbus', 'both', ['server']),
  'modbus-queue-info': user('modbus', 'inbound', ['server', 'unitid'], () => null),
  'modbus-server': { kind: 'modbus', integration: ['hostname', 'serverPort'], connection: server('hostname'), direction: 'both' },
  'modbus-flex-server': {
    kind: 'modbus',
    integration: ['serverAddress', 'serverPort'],
    connection: server('serverAddress'),
    direction: 'both',
  },
};
