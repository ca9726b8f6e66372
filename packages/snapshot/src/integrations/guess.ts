import { kindOfAddress } from './addresses.ts';
import type { Connection } from './catalogue/entry.ts';
import type { EndpointKind } from './endpoint.ts';
import type { NodeReader } from './reader.ts';
import { joined, type Value } from './value.ts';

/** The last word of a property's name, and what it is taken for. */
const hostWords: ReadonlySet<string> = new Set([
  'host',
  'hostname',
  'server',
  'url',
  'uri',
  'endpoint',
  'address',
  'broker',
  'ip',
  'ipaddress',
]);
const otherWords: Readonly<Record<string, string>> = { database: 'database', db: 'database', path: 'path', topic: 'topic', port: 'port' };
/** Types of config nodes that stand for something outside although their address is not part of the flows. */
const outsideType =
  /server|broker|client|connect|account|\bbot\b|engine|gateway|bridge|controller|endpoint|host|database|plc|cloud|service|hub|api/i;

/** The last word of `tcpHost`, `server_url` or `apiURL`, in small letters. */
function lastWord(property: string): string {
  const words = property.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[\s_-]+/);
  return (words.at(-1) ?? '').toLowerCase();
}

/** Whether a property of an unknown type of node is called as if it led outside. */
export function isGuessedProperty(property: string): boolean {
  const word = lastWord(property);
  return hostWords.has(word) || Object.hasOwn(otherWords, word);
}

type Named = { property: string; word: string; value: Value };

function namedProperties(read: NodeReader): Named[] {
  const found: Named[] = [];
  for (const property of Object.keys(read.node)) {
    const word = lastWord(property);
    if (!hostWords.has(word) && !Object.hasOwn(otherWords, word)) continue;
    const raw = read.raw(property);
    if (typeof raw !== 'string' && !(typeof raw === 'number' && word === 'port')) continue;
    const value = read.typed(property, `${property}Type`);
    if (value.symbol.trim() === '' || /^(?:true|false)$/.test(value.text) || read.config(property) !== null) continue;
    // Prose, and numbers where a host should be, are something else that happens to have this name.
    if (value.text.length > 2_000 || (hostWords.has(word) && (/\s/.test(value.text.trim()) || /^\d+$/.test(value.text)))) continue;
    found.push({ property, word, value });
  }
  return found;
}

/** What a node of an unknown type may lead to, by the names of its properties. */
export function guessConnections(read: NodeReader): Connection[] {
  const named = namedProperties(read);
  const hosts = named.filter(({ word }) => hostWords.has(word));
  if (hosts.length > 0) return hosts.map((host) => toHost(host, named));
  return named.map(({ word, value }) => {
    const label = otherWords[word] ?? word;
    const kind: EndpointKind = label === 'database' ? 'database' : 'other';
    return {
      kind,
      address: label === 'port' ? joined('localhost:', value) : joined(label, ':', value),
      security: null,
      listens: label === 'port',
    };
  });
}

function toHost({ property, value }: Named, named: readonly Named[]): Connection {
  const known = kindOfAddress(value.text);
  if (known !== undefined) return { kind: known, address: value, security: null };
  const prefix = property.replace(/(?:host(?:name)?|server|address|ip|broker|url|uri|endpoint)$/i, '');
  const ports = named.filter(({ word }) => word === 'port');
  const port =
    ports.find((other) => other.property.toLowerCase() === `${prefix}port`.toLowerCase()) ?? (ports.length === 1 ? ports[0] : undefined);
  const address = port === undefined || value.text.includes(':') ? value : joined(value, ':', port.value);
  return { kind: 'other', address, security: null };
}

/** A config node that others need and that stands for something outside, whose address is elsewhere: with its credentials, or built in. */
export function guessByType(read: NodeReader): Connection | null {
  if (!outsideType.test(read.node.type)) return null;
  const name = read.text('name', 'label');
  return { kind: 'other', address: joined(`${read.node.type}:`, name.symbol === '' ? read.node.id : name), security: null };
}
