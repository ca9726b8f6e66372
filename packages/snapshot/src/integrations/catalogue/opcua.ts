import type { Security } from '../endpoint.ts';
import type { NodeReader } from '../reader.ts';
import { fromMessage, joined, type Value } from '../value.ts';
import { at, type CatalogueFamily, type Connection, onThisHost, user } from './entry.ts';

/** OPC UA has no TLS on opc.tcp: sign and encrypt are its own, by policy and mode. Certificates are exchanged, their check is the client's. */
function policySecurity(read: NodeReader, policy: string, mode: string, hasLogin: boolean): Security {
  const isOff = (value: string): boolean => /^(|none)$/i.test(value);
  const isOpen = isOff(read.text(policy).text) && isOff(read.text(mode).text);
  return { tls: isOpen ? 'no' : 'yes', authentication: hasLogin ? 'yes' : 'no', certificateCheck: 'unknown' };
}

function endpoint(read: NodeReader): Connection | null {
  const hasLogin = read.is('login') || read.is('usercert');
  return at(read.text('endpoint'), policySecurity(read, 'secpol', 'secmode', hasLogin));
}

function connector(read: NodeReader): Connection | null {
  return at(read.text('endpoint', 'discoveryUrl'), policySecurity(read, 'securityPolicy', 'messageSecurityMode', read.is('loginEnabled')));
}

function server(read: NodeReader): Connection {
  const isOpen = read.is('allowAnonymous') && read.raw('endpointNone') !== false;
  const security: Security = {
    tls: isOpen ? 'no' : 'unknown',
    authentication: read.is('allowAnonymous') ? 'no' : 'unknown',
    certificateCheck: read.is('autoAcceptUnknownCertificate') ? 'no' : 'unknown',
  };
  return { address: onThisHost('opc.tcp', read.textOr('53880', 'port')), security, listens: true };
}

const writes: ReadonlySet<string> = new Set(['write', 'writemultiple', 'multiple']);

function action(read: NodeReader): Value {
  return read.has('action') ? joined(read.text('action'), ' items from message') : fromMessage('action');
}

const serverProtection = [
  'allowAnonymous',
  'endpointNone',
  'endpointSign',
  'endpointSignEncrypt',
  'endpointBasic128Rsa15',
  'endpointBasic256',
  'endpointBasic256Sha256',
  'autoAcceptUnknownCertificate',
  'users',
];

export const opcua: CatalogueFamily = {
  'OpcUa-Endpoint': {
    kind: 'opcua',
    integration: ['endpoint'],
    security: ['secpol', 'secmode', 'none', 'login', 'usercert', 'usercertificate', 'userprivatekey'],
    connection: endpoint,
  },
  'OpcUa-Client': {
    ...user('opcua', (read) => (writes.has(read.text('action').text) ? 'outbound' : 'inbound'), [
      'endpoint',
      'action',
      'time',
      'timeUnit',
      'deadbandtype',
      'deadbandvalue',
      'certificate',
      'localfile',
    ]),
    security: ['securitymode', 'securitypolicy', 'useTransport'],
    detail: action,
  },
  'OpcUa-Item': { kind: 'opcua', integration: ['item', 'datatype'] },
  'OpcUa-Browser': user('opcua', 'inbound', ['endpoint', 'topic', 'items', 'item'], (read) => read.text('topic', 'item')),
  'OpcUa-Method': user('opcua', 'both', ['endpoint', 'objectId', 'methodId'], (read) =>
    joined(read.text('objectId'), ' ', read.text('methodId')),
  ),
  'OpcUa-Event': { kind: 'opcua', integration: ['root', 'eventtype'] },
  'OpcUa-Rights': {
    kind: 'opcua',
    integration: [],
    security: ['accessLevelCurrentRead', 'accessLevelCurrentWrite', 'role', 'permissions'],
  },
  'OpcUa-Server': { kind: 'opcua', integration: ['port', 'endpoint'], security: serverProtection, connection: server, direction: 'both' },
  'OPCUA-IIoT-Connector': {
    kind: 'opcua',
    integration: ['endpoint', 'discoveryUrl', 'autoSelectRightEndpoint'],
    security: [
      'securityPolicy',
      'messageSecurityMode',
      'securityMode',
      'loginEnabled',
      'individualCerts',
      'publicCertFile',
      'privateKeyFile',
    ],
    connection: connector,
  },
  'OPCUA-IIoT-Write': user('opcua', 'outbound', ['connector']),
  'OPCUA-IIoT-Read': user('opcua', 'inbound', ['connector']),
  'OPCUA-IIoT-Listener': user('opcua', 'inbound', ['connector', 'action']),
  'OPCUA-IIoT-Browser': user('opcua', 'inbound', ['connector', 'nodeId']),
  'OPCUA-IIoT-Method-Caller': user('opcua', 'both', ['connector', 'objectId', 'methodId']),
  'OPCUA-IIoT-Server': {
    kind: 'opcua',
    integration: ['port', 'endpoint', 'alternateHostname'],
    security: [...serverProtection, 'allowAnonymous', 'isAuditing', 'individualCerts'],
    connection: (read) => ({ ...server(read), address: onThisHost('opc.tcp', read.textOr('55380', 'port')) }),
    direction: 'both',
  },
};
