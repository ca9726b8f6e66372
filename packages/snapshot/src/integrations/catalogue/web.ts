import type { Security } from '../endpoint.ts';
import type { NodeReader } from '../reader.ts';
import { fromMessage, joined, literal, type Value } from '../value.ts';
import { at, type CatalogueFamily, type Connection, tlsSecurity, unprotected, user } from './entry.ts';

/** Begins with what a variable or a message will say: that may well be the scheme. */
const isOpen = (text: string): boolean => /^(?:\$[{(]|\{\{)/.test(text);

/** An address with its scheme; Node-RED's http request takes `http` when there is none. */
function withScheme(address: Value, scheme: string): Value {
  const isWhole = /^[a-z][a-z0-9+.-]*:\/\//i.test(address.text) || isOpen(address.text);
  return isWhole || address.symbol === '' ? address : joined(`${scheme}://`, address);
}

function request(read: NodeReader): Connection | null {
  const url = read.text('url');
  const authentication = read.has('authType') ? 'yes' : 'no';
  if (url.symbol === '') return at(fromMessage('url'), { tls: 'unknown', authentication, certificateCheck: 'unknown' });
  const address = withScheme(url, read.has('tls') ? 'https' : 'http');
  const security: Security = tlsSecurity(/^https:/i.test(address.text), read, 'tls', authentication);
  return at(address, isOpen(address.text) ? { ...security, tls: 'unknown' } : security);
}

function method(read: NodeReader): Value {
  const written = read.textOr('GET', 'method');
  return written.text === 'use' ? fromMessage('method') : literal(written.text.toUpperCase());
}

/** Whether routes ask who is there is decided by the runtime's settings, which are not part of flows. */
const route: Security = { tls: 'unknown', authentication: 'unknown', certificateCheck: 'unknown' };

function path(read: NodeReader, property: string): Value {
  const value = read.text(property);
  return value.text.startsWith('/') || value.symbol === '' ? value : joined('/', value);
}

/** A route is named by its path: under which names others reach this host is not in the flows. */
function inboundRoute(property: string): (read: NodeReader) => Connection | null {
  return (read) => {
    const address = path(read, property);
    return address.symbol === '' ? null : { address, security: route, listens: true };
  };
}

export const web: CatalogueFamily = {
  'http request': {
    kind: 'http',
    integration: ['url', 'method', 'headers', 'paytoqs', 'persist', 'proxy', 'ret'],
    security: ['tls', 'authType', 'insecureHTTPParser'],
    connection: request,
    direction: (read) => (method(read).text === 'GET' ? 'both' : 'outbound'),
    detail: method,
  },
  'http in': {
    kind: 'http',
    integration: ['url', 'method', 'upload'],
    connection: inboundRoute('url'),
    direction: 'inbound',
    detail: method,
  },
  'http response': user('http', undefined, ['statusCode', 'headers']),
  'http proxy': {
    kind: 'http',
    integration: ['url', 'noproxy'],
    connection: (read) => at(withScheme(read.text('url'), 'http'), tlsSecurity(read.text('url').text.startsWith('https:'), read)),
    direction: 'outbound',
  },
  'tls-config': {
    kind: 'other',
    integration: [],
    security: ['cert', 'key', 'ca', 'p12', 'certType', 'servername', 'verifyservercert', 'alpnprotocol', 'certEnv', 'keyEnv', 'caEnv'],
  },
  'websocket-listener': {
    kind: 'websocket',
    integration: ['path', 'wholemsg'],
    connection: inboundRoute('path'),
    direction: 'inbound',
  },
  'websocket-client': {
    kind: 'websocket',
    integration: ['path', 'wholemsg', 'subprotocol', 'headers', 'hb'],
    security: ['tls'],
    connection: (read) => at(withScheme(read.text('path'), 'ws'), tlsSecurity(/^wss:/i.test(read.text('path').text), read)),
  },
  'websocket in': user('websocket', 'inbound', ['server', 'client']),
  'websocket out': user('websocket', 'outbound', ['server', 'client']),
  uibuilder: { kind: 'http', integration: ['url'], connection: inboundRoute('url'), direction: 'both' },
  'ui-base': { kind: 'http', integration: ['path'], connection: inboundRoute('path'), direction: 'both' },
  'ui-page': { kind: 'http', integration: ['path', 'ui'], connection: page, direction: 'both' },
  // The first dashboard serves one address; its base is not always part of the file.
  ui_base: { kind: 'http', integration: [], connection: firstDashboard, direction: 'both' },
  ui_tab: { kind: 'http', integration: [], connection: firstDashboard, direction: 'both' },
  'processcube-engine-config': { kind: 'http', integration: ['url'], connection: engine },
  ui_iframe: { kind: 'http', integration: ['url'], connection: (read) => at(read.text('url'), null), direction: 'outbound' },
  'ui-iframe': { kind: 'http', integration: ['src'], connection: (read) => at(read.text('src'), null), direction: 'outbound' },
};

function firstDashboard(): Connection {
  return { address: literal('/ui'), security: route, listens: true };
}

/** A page of the dashboard stands below the path of its base. */
function page(read: NodeReader): Connection | null {
  const base = read.config('ui');
  const own = path(read, 'path');
  if (own.symbol === '') return null;
  const above = base === null ? literal('') : path(base, 'path');
  const address = above.text === '/' ? own : joined(above, own);
  return { address, security: route, listens: true };
}

function engine(read: NodeReader): Connection | null {
  const url = read.typed('url', 'urlType');
  return at(url, url.text.startsWith('https:') ? tlsSecurity(true, read) : unprotected);
}
