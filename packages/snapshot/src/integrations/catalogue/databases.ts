import type { Answer, Direction, Security } from '../endpoint.ts';
import type { NodeReader } from '../reader.ts';
import { joined, literal, type Value } from '../value.ts';
import { at, type CatalogueEntry, type CatalogueFamily, type Connection, hostAndPort, tlsSecurity, user } from './entry.ts';

function withName(address: Value | null, name: Value): Value | null {
  return address === null || name.symbol === '' ? address : joined(address, '/', name);
}

function security(tls: Answer, certificateCheck: Answer = 'unknown', authentication: Answer = 'unknown'): Security {
  return { tls, certificateCheck, authentication };
}

function mysql(read: NodeReader): Connection | null {
  const address = hostAndPort('mysql', read.textOr('127.0.0.1', 'host'), read.textOr('3306', 'port'));
  return at(withName(address, read.text('db')), security('unknown'));
}

function postgres(read: NodeReader): Connection | null {
  const host = read.typed('host', 'hostFieldType');
  const port = read.typed('port', 'portFieldType');
  const address = hostAndPort('postgres', host, port.symbol === '' ? literal('5432') : port);
  const tls = read.typed('ssl', 'sslFieldType').text === 'true' ? 'yes' : 'no';
  const authentication = read.has('password') || read.has('user') ? 'yes' : 'unknown';
  return at(withName(address, read.typed('database', 'databaseFieldType')), security(tls, 'unknown', authentication));
}

function mssql(read: NodeReader): Connection | null {
  const address = hostAndPort('mssql', read.text('server'), read.textOr('1433', 'port'));
  const isTls = read.is('encyption') || read.is('encryption');
  const isChecked = !read.is('trustServerCertificate');
  return at(withName(address, read.text('database')), security(isTls ? 'yes' : 'no', isTls ? (isChecked ? 'yes' : 'no') : 'unknown'));
}

function influx(read: NodeReader): Connection | null {
  const version = read.text('influxdbVersion').text;
  if (read.has('url') && version !== '' && version !== '1.x') {
    return at(read.text('url'), tlsSecurity(read.text('url').text.startsWith('https:'), read));
  }
  const isTls = read.is('usetls') || read.text('protocol').text === 'https';
  const address = hostAndPort(isTls ? 'https' : 'http', read.textOr('127.0.0.1', 'hostname'), read.textOr('8086', 'port'));
  return at(withName(address, read.text('database')), tlsSecurity(isTls, read));
}

function mongo(read: NodeReader): Connection | null {
  const uri = read.text('uri', 'simplehost');
  // `uriTabActive` names the tab of the editor whose fields count.
  const isByUri = uri.symbol !== '' && read.text('uriTabActive').text !== 'tab-uri-simple';
  if (isByUri) {
    const isTls = uri.text.startsWith('mongodb+srv:') || /[?&](tls|ssl)=true\b/.test(uri.text);
    const isUnresolved = uri.text.startsWith('$');
    return at(uri, security(isUnresolved ? 'unknown' : isTls ? 'yes' : 'no', 'unknown', /\/\/[^/@]+@/.test(uri.text) ? 'yes' : 'unknown'));
  }
  const scheme = read.textOr('mongodb', 'protocol').text;
  const port = scheme === 'mongodb+srv' ? literal('') : read.textOr('27017', 'port');
  const address = hostAndPort(scheme, read.textOr('localhost', 'hostname', 'host'), port);
  const isTls = read.is('tls') || scheme === 'mongodb+srv';
  return at(withName(address, read.text('dbName', 'db')), security(isTls ? 'yes' : 'no', read.is('tlsInsecure') ? 'no' : 'unknown'));
}

/** SELECT and its kin only read; what cannot be told is both. */
function sqlDirection(property: string): (read: NodeReader) => Direction {
  return (read) => {
    const query = read.text(property).text.trim();
    if (/^(select|show|describe|explain)\b/i.test(query)) return 'inbound';
    return /^(insert|update|delete|create|drop|alter|replace|merge|truncate)\b/i.test(query) ? 'outbound' : 'both';
  };
}

const database = (
  connection: CatalogueEntry['connection'],
  integration: readonly string[],
  protection: readonly string[],
): CatalogueEntry => ({
  kind: 'database',
  integration,
  security: protection,
  ...(connection === undefined ? {} : { connection }),
});
const hostDb = ['host', 'port', 'db', 'database', 'user', 'tz', 'charset'];
const measurement = (read: NodeReader): Value => read.text('measurement', 'bucket', 'query');
const influxProperties = ['influxdb', 'measurement', 'bucket', 'org', 'query', 'database', 'precision', 'retentionPolicy'];
const collection = (read: NodeReader): Value => joined(read.text('collection'), ' ', read.text('operation'));
const mongoProperties = ['clientNode', 'configNode', 'collection', 'operation'];

export const databases: CatalogueFamily = {
  MySQLdatabase: database(mysql, hostDb, []),
  mysql: user('database', 'both', ['mydb']),
  postgreSQLConfig: database(
    postgres,
    [...hostDb, 'hostFieldType', 'portFieldType', 'databaseFieldType', 'userFieldType', 'passwordFieldType', 'applicationName'],
    ['ssl', 'sslFieldType', 'password'],
  ),
  postgresql: user('database', sqlDirection('query'), ['query', 'postgreSQLConfig', 'split', 'rowsPerMsg']),
  'MSSQL-CN': database(mssql, ['server', 'port', 'database'], ['encyption', 'trustServerCertificate']),
  MSSQL: user('database', sqlDirection('query'), ['mssqlCN', 'query', 'modeOpt', 'params', 'queryOpt']),
  sqlitedb: {
    kind: 'database',
    integration: ['db', 'mode'],
    connection: (read) => at(read.has('db') ? joined('sqlite://', read.text('db')) : null, null),
  },
  sqlite: user('database', sqlDirection('sql'), ['mydb', 'sqlquery', 'sql']),
  influxdb: database(
    influx,
    ['hostname', 'port', 'protocol', 'database', 'influxdbVersion', 'url', 'org'],
    ['usetls', 'tls', 'rejectUnauthorized'],
  ),
  'influxdb out': user('database', 'outbound', influxProperties, measurement),
  'influxdb in': user('database', 'inbound', influxProperties, measurement),
  'influxdb batch': user('database', 'outbound', influxProperties),
  'Stackhero-InfluxDB-v2-Server': database(
    (read) =>
      at(hostAndPort(read.is('useTls') ? 'https' : 'http', read.text('host'), read.text('port')), tlsSecurity(read.is('useTls'), read)),
    ['host', 'port', 'organization', 'bucket'],
    ['useTls'],
  ),
  'mongodb4-client': database(
    mongo,
    ['protocol', 'hostname', 'port', 'dbName', 'uri', 'uriTabActive', 'advanced'],
    ['tls', 'tlsInsecure', 'tlsCAFile'],
  ),
  mongodb4: user('database', 'both', mongoProperties, collection),
  mongodb3: database(mongo, ['uri', 'options', 'name', 'parallelism'], []),
  'mongodb3 in': user('database', 'both', ['configNode', 'service', 'collection', 'operation'], collection),
  mongodb: database(mongo, ['hostname', 'port', 'db', 'topology'], ['tls']),
  'mongodb in': user('database', 'inbound', ['mongodb', ...mongoProperties], collection),
  'mongodb out': user('database', 'outbound', ['mongodb', ...mongoProperties], collection),
  'tables-query': {
    kind: 'platform',
    integration: ['query', 'split', 'rowsPerMsg'],
    connection: () => at(literal('platform://tables'), null),
    direction: sqlDirection('query'),
  },
};
