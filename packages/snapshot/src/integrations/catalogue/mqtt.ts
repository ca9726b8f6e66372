import type { NodeReader } from '../reader.ts';
import { fromMessage, joined, type Value } from '../value.ts';
import { at, type CatalogueFamily, type Connection, hostAndPort, tlsSecurity, user } from './entry.ts';

const defaultPort = '1883';

function broker(read: NodeReader): Connection | null {
  const host = read.text('broker');
  const written = /^(mqtts?|wss?|tcp|ssl|tls):\/\//.exec(host.text)?.[1];
  if (written !== undefined) return at(host, tlsSecurity(/^(mqtts|wss|ssl|tls)$/.test(written), read));
  const isTls = read.is('usetls');
  return at(hostAndPort(isTls ? 'mqtts' : 'mqtt', host, read.textOr(defaultPort, 'port')), tlsSecurity(isTls, read));
}

function topic(read: NodeReader): Value {
  // `inputs`: the node subscribes to what messages tell it.
  return read.has('topic') && read.raw('inputs') !== 1 ? read.text('topic') : fromMessage('topic');
}

export const mqtt: CatalogueFamily = {
  'mqtt-broker': {
    kind: 'mqtt',
    integration: ['broker', 'port', 'clientid', 'protocolVersion', 'keepalive', 'birthTopic', 'closeTopic', 'willTopic', 'autoConnect'],
    security: ['usetls', 'tls'],
    connection: broker,
  },
  'mqtt in': user('mqtt', 'inbound', ['broker', 'topic', 'qos', 'inputs', 'nl', 'rap', 'rh'], topic),
  'mqtt out': user('mqtt', 'outbound', ['broker', 'topic', 'qos', 'retain', 'respTopic', 'expiry'], topic),
  'ff-mqtt-conf': { kind: 'platform', integration: [], connection: () => at(joined('platform://mqtt'), null) },
  'ff-mqtt-in': {
    ...user('platform', 'inbound', ['topic', 'qos'], topic),
    connection: (read) => (read.config('broker') === null ? at(joined('platform://mqtt'), null) : null),
  },
  'ff-mqtt-out': {
    ...user('platform', 'outbound', ['topic', 'qos', 'lwt'], topic),
    connection: (read) => (read.config('broker') === null ? at(joined('platform://mqtt'), null) : null),
  },
};
