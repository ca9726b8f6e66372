import type { Endpoint, EndpointNode } from '@sluice/contracts';
import type { Appearance } from '../../ui/tone.ts';

export const kindWords: Readonly<Record<Endpoint['kind'], string>> = {
  mqtt: 'MQTT',
  http: 'HTTP',
  websocket: 'WebSocket',
  tcp: 'TCP',
  udp: 'UDP',
  modbus: 'Modbus',
  opcua: 'OPC UA',
  s7: 'S7',
  ethernet_ip: 'EtherNet/IP',
  bacnet: 'BACnet',
  fins: 'FINS',
  serial: 'Serial port',
  device: 'Bus or pin',
  database: 'Database',
  email: 'E-mail',
  chat: 'Chat',
  file: 'File',
  exec: 'Command',
  platform: 'Platform',
  home_automation: 'Home automation',
  other: 'Other',
};

export const directionWords: Readonly<Record<Endpoint['direction'], string>> = { inbound: 'In', outbound: 'Out', both: 'In and out' };

/** All kinds and directions, in the order of the words. */
export const endpointKinds = Object.keys(kindWords) as Endpoint['kind'][];
export const endpointDirections = Object.keys(directionWords) as Endpoint['direction'][];

/** What is worth saying about how an endpoint is used; null for the ordinary case. */
export const stateWords: Readonly<Record<Endpoint['state'], string | null>> = {
  active: null,
  dynamic: 'A message decides the address',
  guess: 'A guess from the names of properties',
  disabled: 'Only disabled nodes',
  unused: 'Nothing uses it',
};

/** One sentence on the protection of an endpoint: its worst part decides the tone. Null where the question does not arise. */
export function postureOf({ security, listens }: Pick<Endpoint, 'security' | 'listens'>): Appearance | null {
  if (security === null) return null;
  const bad = [
    ...(security.tls === 'no' ? ['No TLS'] : []),
    ...(security.certificateCheck === 'no' ? ['Certificates not checked'] : []),
    ...(security.authentication === 'no' ? [listens ? 'Asks nobody who they are' : 'No login'] : []),
  ];
  if (bad.length > 0) return { label: bad.join(', '), tone: security.certificateCheck === 'no' || listens ? 'bad' : 'warn' };
  const known = [...(security.tls === 'yes' ? ['TLS'] : []), ...(security.authentication === 'yes' ? ['login'] : [])];
  if (known.length === 0) return { label: 'Not known', tone: 'idle' };
  const label = known.join(' and ');
  return { label: label.charAt(0).toUpperCase() + label.slice(1), tone: security.tls === 'yes' ? 'good' : 'idle' };
}

/** What a node is called: its name, else its type. */
export function nodeWords({ name, type }: Pick<EndpointNode, 'name' | 'type'>): string {
  return name ?? type;
}
