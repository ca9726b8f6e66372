import type { Security } from '../endpoint.ts';
import type { NodeReader } from '../reader.ts';
import { fromMessage, type Value } from '../value.ts';
import { at, type CatalogueFamily, type Connection, hostAndPort, onThisHost, tlsSecurity } from './entry.ts';

/** TCP as such asks nobody who they are, unless TLS does. */
function tcpSecurity(read: NodeReader): Security {
  return tlsSecurity(read.has('tls') || read.is('usetls'), read, 'tls', read.has('tls') ? 'unknown' : 'no');
}

function client(scheme: string, host: Value, port: Value, security: Security): Connection | null {
  return at(hostAndPort(scheme, host, port) ?? fromMessage('host'), security);
}

function listener(scheme: string, port: Value, security: Security): Connection {
  return { address: onThisHost(scheme, port), security, listens: true };
}

function tcpIn(read: NodeReader): Connection | null {
  if (read.text('server').text !== 'client') return listener('tcp', read.text('port'), tcpSecurity(read));
  return client('tcp', read.textOr('localhost', 'host'), read.text('port'), tcpSecurity(read));
}

function tcpOut(read: NodeReader): Connection | null {
  const role = read.text('beserver').text;
  // It answers on the connection that a message came in by, which a `tcp in` already names.
  if (role === 'reply') return null;
  if (role === 'server') return listener('tcp', read.text('port'), tcpSecurity(read));
  return client('tcp', read.textOr('localhost', 'host'), read.text('port'), tcpSecurity(read));
}

const noSecurity: Security = { tls: 'no', authentication: 'no', certificateCheck: 'unknown' };
const tcpProperties = ['server', 'beserver', 'host', 'port', 'datamode', 'out'];
const tcpProtection = ['tls', 'usetls'];

export const sockets: CatalogueFamily = {
  'tcp in': { kind: 'tcp', integration: tcpProperties, security: tcpProtection, connection: tcpIn, direction: 'inbound' },
  'tcp out': { kind: 'tcp', integration: tcpProperties, security: tcpProtection, connection: tcpOut, direction: 'outbound' },
  'tcp request': {
    kind: 'tcp',
    integration: tcpProperties,
    security: tcpProtection,
    connection: (read) => client('tcp', read.text('server'), read.text('port'), tcpSecurity(read)),
    direction: 'both',
  },
  'udp in': {
    kind: 'udp',
    integration: ['port', 'iface', 'multicast', 'group', 'ipv'],
    connection: (read) => listener('udp', read.text('port'), noSecurity),
    direction: 'inbound',
    detail: (read) => (read.is('multicast') || read.has('group') ? read.text('group') : null),
  },
  'udp out': {
    kind: 'udp',
    integration: ['addr', 'port', 'outport', 'iface', 'multicast', 'ipv', 'base64'],
    connection: (read) => client('udp', read.text('addr'), read.text('port'), noSecurity),
    direction: 'outbound',
  },
};
