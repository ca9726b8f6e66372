import type { NodeReader } from '../reader.ts';
import { joined, literal, type Value } from '../value.ts';
import { at, type CatalogueFamily, type Connection, hostAndPort, onThisHost, tlsSecurity, unprotected, user } from './entry.ts';

function mailServer(scheme: string, read: NodeReader): Connection | null {
  const isTls = read.is('secure') || read.is('useSSL');
  const authentication = read.has('authtype') && read.text('authtype').text !== 'NONE' ? 'yes' : 'unknown';
  const security = tlsSecurity(isTls, read, 'tls-config', authentication);
  const isUnchecked = read.raw('tls') === false;
  return at(
    hostAndPort(scheme, read.text('server'), read.text('port')),
    isUnchecked && isTls ? { ...security, certificateCheck: 'no' } : security,
  );
}

const mailProperties = ['server', 'port', 'protocol', 'box', 'disposition', 'inputs', 'criteria'];
const mailProtection = ['secure', 'tls', 'useSSL', 'autotls', 'authtype'];

function projectLink(read: NodeReader): Connection | null {
  return at(joined('platform://project/', read.textOr('all', 'project')), null);
}

const linkTopic = (read: NodeReader): Value => read.text('topic');

/** The server of Home Assistant; the add-on needs no address, and others keep it with the credentials. */
function homeAssistant(read: NodeReader): Connection {
  const url = read.text('url', 'host');
  if (url.symbol !== '') return { address: url, security: tlsSecurity(url.text.startsWith('https:'), read) };
  return { address: joined('homeassistant://', read.textOr('supervisor', 'name')), security: null };
}

const homeAssistantTypes: Readonly<Record<string, 'inbound' | 'outbound' | 'both'>> = {
  'api-call-service': 'outbound',
  'api-current-state': 'inbound',
  'api-get-history': 'inbound',
  'api-render-template': 'inbound',
  'ha-api': 'both',
  'ha-entity': 'both',
  'ha-wait-until': 'inbound',
  'poll-state': 'inbound',
  'server-events': 'inbound',
  'server-state-changed': 'inbound',
  'trigger-state': 'inbound',
};
const entity = (read: NodeReader): Value => read.text('entity_id', 'entityid', 'entityId', 'entityidfilter', 'service', 'path');
const entityProperties = [
  'server',
  'service',
  'service_domain',
  'domain',
  'action',
  'entity_id',
  'entityid',
  'entityId',
  'path',
  'method',
  'protocol',
];

const homematicProperties = ['ccuConfig', 'iface', 'channel', 'datapoint', 'sysvar', 'program'];
const channel = (read: NodeReader): Value => read.text('channel', 'sysvar', 'program');

export const services: CatalogueFamily = {
  'e-mail': {
    kind: 'email',
    integration: [...mailProperties, 'name'],
    security: mailProtection,
    connection: (read) => mailServer('smtp', read),
    direction: 'outbound',
    detail: (read) => read.text('name'),
  },
  'e-mail in': {
    kind: 'email',
    integration: mailProperties,
    security: mailProtection,
    connection: (read) => mailServer(read.textOr('imap', 'protocol').text.toLowerCase(), read),
    direction: 'inbound',
  },
  'e-mail mta': {
    kind: 'email',
    integration: ['port'],
    security: ['secure', 'starttls', 'expert'],
    connection: (read) => ({
      address: onThisHost('smtp', read.text('port')),
      security: tlsSecurity(read.is('secure'), read),
      listens: true,
    }),
    direction: 'inbound',
  },
  'project link in': {
    kind: 'platform',
    integration: ['project', 'topic', 'broadcast'],
    connection: projectLink,
    direction: 'inbound',
    detail: linkTopic,
  },
  'project link out': {
    kind: 'platform',
    integration: ['project', 'topic', 'mode', 'broadcast'],
    connection: projectLink,
    direction: 'outbound',
    detail: linkTopic,
  },
  'project link call': {
    kind: 'platform',
    integration: ['project', 'topic', 'timeout'],
    connection: projectLink,
    direction: 'both',
    detail: linkTopic,
  },
  'telegram bot': {
    kind: 'chat',
    integration: ['baseapiurl', 'usesocks', 'sockshost', 'socksport', 'updatemode', 'bothost', 'localbotport', 'publicbotport'],
    security: ['verboselogging', 'selfsigned', 'chatids', 'usernames'],
    connection: (read) => ({
      address: read.textOr('https://api.telegram.org', 'baseapiurl'),
      security: tlsSecurity(true, read, 'tls', 'yes'),
    }),
  },
  'telegram sender': user('chat', 'outbound', ['bot']),
  'telegram receiver': user('chat', 'inbound', ['bot', 'filterCommands']),
  'telegram command': user('chat', 'inbound', ['bot', 'command'], (read) => read.text('command')),
  server: {
    kind: 'home_automation',
    integration: ['url', 'host', 'addon'],
    security: ['rejectUnauthorizedCerts'],
    connection: homeAssistant,
  },
  ...Object.fromEntries(
    Object.entries(homeAssistantTypes).map(([type, direction]) => [type, user('home_automation', direction, entityProperties, entity)]),
  ),
  'ccu-connection': {
    kind: 'home_automation',
    integration: ['host', 'bcrfEnabled', 'iprfEnabled', 'rpcInitAddress', 'rpcServerHost', 'rpcBinPort', 'rpcXmlPort'],
    security: ['tls', 'inSecure', 'authentication'],
    connection: (read) => {
      const listener = joined('rpc://', read.textOr('localhost', 'rpcServerHost'), ':', read.text('rpcBinPort'));
      const ccu = at(hostAndPort(read.is('tls') ? 'https' : 'http', read.text('host'), literal('')), tlsSecurity(read.is('tls'), read));
      return [...(ccu === null ? [] : [ccu]), { address: listener, security: unprotected, listens: true, direction: 'inbound' as const }];
    },
  },
  'ccu-value': user('home_automation', 'both', homematicProperties, channel),
  'ccu-sysvar': user('home_automation', 'both', homematicProperties, channel),
  'ccu-program': user('home_automation', 'both', homematicProperties, channel),
  'ccu-rpc': user('home_automation', 'both', homematicProperties),
  'ccu-rpc-event': user('home_automation', 'inbound', homematicProperties),
};
