import type { FlowNode } from '../flows/flow-node.ts';
import { catalogue } from '../integrations/catalogue/index.ts';
import { isObject, type JsonValue, pointerPart } from '../json.ts';
import { nameProposals } from './names.ts';
import { secretsIn } from './secrets.ts';

export const proposalKinds = ['host', 'port', 'url', 'topic', 'database', 'file', 'serial_port', 'secret'] as const;
export type ProposalKind = (typeof proposalKinds)[number];

/** Where a value stands. `index`: place of the node in the flows, because ids are not always unique; `pointer`: within the node. */
export type ValuePlace = { nodeId: string; index: number; pointer: string };

/** A value in the flows that another site, stage or device would need otherwise. The same value of the same kind is one proposal. */
export type VariableProposal = { name: string; kind: ProposalKind; value: string | number; secret: boolean; places: ValuePlace[] };

/** A proposal before it has a name, with what speaks for one. */
export type Unnamed = Omit<VariableProposal, 'name'> & { node: FlowNode; property: string };

/** The runtime replaces variables in nodes only, never in what holds them. */
const neverReplaced = /^(?:tab|subflow|group|comment|junction|global-config|subflow:.*)$/;
const ignored: ReadonlySet<string> = new Set([
  'id',
  'type',
  'z',
  'g',
  'x',
  'y',
  'w',
  'h',
  'd',
  'name',
  'label',
  'info',
  'wires',
  'links',
  'env',
]);
const words: Readonly<Record<string, ProposalKind>> = {
  host: 'host',
  hostname: 'host',
  broker: 'host',
  server: 'host',
  address: 'host',
  addr: 'host',
  ip: 'host',
  url: 'url',
  uri: 'url',
  endpoint: 'url',
  port: 'port',
  topic: 'topic',
  database: 'database',
  db: 'database',
  filename: 'file',
  serialport: 'serial_port',
};
/** It means the same everywhere: the device itself. */
const thisDevice = /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0|\[?::\]?|host\.docker\.internal)$/i;
const networkName = /^(?=.*[.:])[a-z0-9_.:[\]-]+$|^\d+(?:\.\d+){3}$/i;

/**
 * Hosts, ports, addresses, topics, files and secrets that stand in the flows, with names for the variables that they could become. Only whole
 * properties are proposed, because Node-RED replaces nothing smaller; secrets inside of code are found by `secretsIn`.
 */
export function proposeVariables(flows: readonly FlowNode[]): VariableProposal[] {
  const ids = new Set(flows.map(({ id }) => id));
  const found = new Map<string, Unnamed>();
  const add = (proposal: Unnamed): void => {
    const key = JSON.stringify([proposal.kind, proposal.value, proposal.kind === 'port' ? hostOf(proposal.node) : '']);
    const same = found.get(key);
    if (same === undefined) found.set(key, proposal);
    else same.places.push(...proposal.places);
  };
  for (const proposal of proposedSecrets(flows)) add(proposal);
  const isSecret = new Set([...found.values()].flatMap(({ places }) => places.map(({ index, pointer }) => `${index} ${pointer}`)));
  for (const [index, node] of flows.entries()) {
    if (neverReplaced.test(node.type)) continue;
    for (const property of Object.keys(node)) {
      const value = node[property];
      if (ignored.has(property) || (typeof value !== 'string' && typeof value !== 'number')) continue;
      const kind = ids.has(String(value)) || isSecret.has(`${index} ${pointerPart(property)}`) ? null : kindOf(node, property, value);
      if (kind === null) continue;
      add({ kind, value, secret: false, places: [{ nodeId: node.id, index, pointer: pointerPart(property) }], node, property });
    }
  }
  return nameProposals([...found.values()], flows);
}

/** Secrets that are a property as a whole. */
function proposedSecrets(flows: readonly FlowNode[]): Unnamed[] {
  return secretsIn(flows).flatMap(({ nodeId, index, pointer, reason }): Unnamed[] => {
    const node = flows[index];
    if (node === undefined || reason === 'code' || neverReplaced.test(node.type) || pointer.startsWith('/env')) return [];
    const value = valueAt(node, pointer);
    const property = pointer.split('/').at(-1) ?? '';
    return typeof value === 'string' ? [{ kind: 'secret', value, secret: true, places: [{ nodeId, index, pointer }], node, property }] : [];
  });
}

/** The value at a JSON pointer within a node; undefined when there is none. */
export function valueAt(node: FlowNode, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = node;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(name)];
    else value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function kindOf(node: FlowNode, property: string, value: string | number): ProposalKind | null {
  const text = String(value).trim();
  if (text === '' || text.length > 500 || /^\$|\{\{|^(?:true|false)$/.test(text) || isTakenElsewhere(node, property)) return null;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s]+/i.test(text) && !/\s/.test(text)) return thisDevice.test(hostIn(text)) ? null : 'url';
  const kind = words[lastWord(property)];
  const entry = catalogue.get(node.type);
  const isKnown = entry?.integration.includes(property) === true;
  switch (kind) {
    case 'host':
      // The address of a register or of a chip is none of a host.
      if (entry !== undefined && (entry.connection === undefined || entry.kind === 'device')) return null;
      return !thisDevice.test(text) && !/[\s/]/.test(text) && !/^\d+$/.test(text) && (isKnown || networkName.test(text)) ? 'host' : null;
    case 'port':
      return /^\d{1,5}$/.test(text) && hostOf(node) !== '' ? 'port' : null;
    case 'topic':
      return node.type.startsWith('mqtt ') || node.type.startsWith('ff-mqtt') ? 'topic' : null;
    case 'database':
      return isKnown ? 'database' : null;
    case 'file':
      return isKnown && /[/\\]/.test(text) ? 'file' : null;
    case 'serial_port':
      return String(node['clienttype'] ?? '').startsWith('tcp') ? null : 'serial_port';
    default:
      return null;
  }
}

/** The last word of `tcpHost` or `server_url`; `serialPort` and `serialport` are one. */
function lastWord(property: string): string {
  if (/^serial_?port$/i.test(property)) return 'serialport';
  return (
    property
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
      .split(/[\s_-]+/)
      .at(-1) ?? ''
  ).toLowerCase();
}

/** A port alone says little: it is proposed beside the host that it belongs to. */
function hostOf(node: FlowNode): string {
  for (const [property, value] of Object.entries(node)) {
    if (words[lastWord(property)] === 'host' && typeof value === 'string' && value !== '' && !thisDevice.test(value)) return value;
  }
  return '';
}

function hostIn(address: string): string {
  const authority = /^[^:]+:\/\/(?:[^/@]*@)?([^/?#]*)/.exec(address)?.[1] ?? '';
  return authority.startsWith('[') ? authority.replace(/\]:\d+$/, ']') : authority.replace(/:\d+$/, '');
}

function isTakenElsewhere(node: FlowNode, property: string): boolean {
  const type = node[`${property}Type`] ?? node[`${property}FieldType`];
  return typeof type === 'string' && ['env', 'msg', 'flow', 'global', 'jsonata'].includes(type);
}
