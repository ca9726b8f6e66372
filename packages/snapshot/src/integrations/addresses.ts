import type { EndpointKind } from './endpoint.ts';

const kindsByScheme: Readonly<Record<string, EndpointKind>> = {
  http: 'http',
  https: 'http',
  ws: 'websocket',
  wss: 'websocket',
  mqtt: 'mqtt',
  mqtts: 'mqtt',
  tcp: 'tcp',
  tls: 'tcp',
  udp: 'udp',
  modbus: 'modbus',
  'opc.tcp': 'opcua',
  s7: 's7',
  'eth-ip': 'ethernet_ip',
  bacnet: 'bacnet',
  postgres: 'database',
  postgresql: 'database',
  mysql: 'database',
  mssql: 'database',
  mongodb: 'database',
  'mongodb+srv': 'database',
  redis: 'database',
  rediss: 'database',
  amqp: 'other',
  amqps: 'other',
  kafka: 'other',
  nats: 'other',
  coap: 'other',
  coaps: 'other',
  ftp: 'other',
  ftps: 'other',
  sftp: 'other',
  smb: 'other',
  ssh: 'other',
  ldap: 'other',
  ldaps: 'other',
  rtsp: 'other',
  smtp: 'email',
  smtps: 'email',
  imap: 'email',
  imaps: 'email',
};
const schemes = Object.keys(kindsByScheme)
  .map((scheme) => scheme.replaceAll(/[.+]/g, '\\$&'))
  .join('|');
const addressPattern = new RegExp(`\\b(?:${schemes})://[^\\s"'\`<>\\\\)|,;]{1,2000}`, 'gi');
/** Names of XML vocabularies look like addresses, but nobody connects to them. */
const vocabulary = /^https?:\/\/(?:www\.w3\.org|schemas\.[a-z.]+|json-schema\.org|purl\.org|xmlns\.com)\b/i;

/** What an address with a scheme leads to; undefined without a known scheme. */
export function kindOfAddress(address: string): EndpointKind | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  return scheme === undefined || !Object.hasOwn(kindsByScheme, scheme) ? undefined : kindsByScheme[scheme];
}

/** How far back the beginning of a comment is looked for: a text may be one line of megabytes. */
const lineLengthMax = 500;

/** Addresses with a scheme in a text, such as the code of a function; not those in comments that run to the end of a line. */
export function addressesIn(text: string): string[] {
  if (!text.includes('://')) return [];
  const found = new Set<string>();
  for (const match of text.matchAll(addressPattern)) {
    const before = text.slice(Math.max(0, match.index - lineLengthMax), match.index);
    if (/(?:^|[^:])\/\//.test(before.slice(before.lastIndexOf('\n') + 1))) continue;
    const address = match[0].replace(/[.,:!?*\]]+$/, '').replace(/(?<!\$\{[^}]*|\{\{[^}]*\}?)\}+$/, '');
    if (!vocabulary.test(address) && !/:\/\/$/.test(address)) found.add(address);
  }
  return [...found];
}

const secretParameter = /([?&](?:[^=&#?]{0,64}(?:token|key|secret|passw|pwd|auth|signature|sas)[^=&#?]{0,64}|pw|pass|sig)=)[^&#]+/gi;

/** An address without what would let others in: user and password, and parameters that are called like secrets. */
export function withoutSecrets(address: string): string {
  const scheme = address.indexOf('://');
  if (scheme < 0) return address;
  const masked = address.replace(/^([^/]*:\/\/)[^/?#]*@/, '$1***@');
  return masked.includes('?') ? masked.replaceAll(secretParameter, '$1***') : masked;
}

/** `host:port`, or the host alone, of an address; null where there is none, as for files. */
export function authorityOf(address: string): string | null {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?([^/?#]+)/i.exec(address);
  const scheme = match?.[1]?.toLowerCase();
  if (match?.[2] === undefined || scheme === 'file' || scheme === 'sqlite' || scheme === 'serial' || scheme === 'platform') return null;
  return match[2].toLowerCase();
}
