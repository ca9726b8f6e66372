import type { FlowNode } from '../flows/flow-node.ts';
import { isObject, type JsonValue } from '../json.ts';
import { addressesIn, kindOfAddress } from './addresses.ts';
import type { EndpointKind } from './endpoint.ts';

/** A place outside that code or text names. */
export type Mention = { kind: EndpointKind; address: string };

const modules: Readonly<Record<string, EndpointKind>> = {
  child_process: 'exec',
  fs: 'file',
  'fs-extra': 'file',
  net: 'tcp',
  tls: 'tcp',
  ssh2: 'tcp',
  dgram: 'udp',
  http: 'http',
  https: 'http',
  http2: 'http',
  axios: 'http',
  got: 'http',
  'node-fetch': 'http',
  undici: 'http',
  request: 'http',
  superagent: 'http',
  ws: 'websocket',
  'socket.io-client': 'websocket',
  mqtt: 'mqtt',
  pg: 'database',
  mysql: 'database',
  mysql2: 'database',
  mssql: 'database',
  tedious: 'database',
  mongodb: 'database',
  redis: 'database',
  ioredis: 'database',
  sqlite3: 'database',
  'better-sqlite3': 'database',
  '@influxdata/influxdb-client': 'database',
  nodemailer: 'email',
  serialport: 'serial',
  'modbus-serial': 'modbus',
  jsmodbus: 'modbus',
  'node-opcua': 'opcua',
  nodes7: 's7',
};
const requireCall = /\b(?:require|import)\s*\(\s*["'`]([^"'`\n]+)["'`]\s*\)/g;
const textProperties: ReadonlySet<string> = new Set(['id', 'type', 'z', 'g', 'name', 'label', 'info', 'wires', 'links']);
const code: readonly string[] = ['func', 'initialize', 'finalize'];

/** What the texts of a node name: addresses with a scheme anywhere, and in functions the modules that are there to connect. */
export function mentionsOf(node: FlowNode): Mention[] {
  const found = new Map<string, Mention>();
  // A look at the values alone is quick, and most nodes name nothing.
  if (Object.values(node).some(mayMention)) {
    for (const [property, value] of Object.entries(node)) if (!textProperties.has(property)) collect(value, found);
  }
  if (node.type === 'function') for (const name of modulesOf(node)) addModule(name, found);
  for (const file of filesNamedBy(node)) found.set(`file://${file}`, { kind: 'file', address: `file://${file}` });
  return [...found.values()];
}

const fileAssignment = /\bmsg\.filename\s{0,10}=\s{0,10}(?:(["'`])((?:(?!\1)[^\n]){1,300})\1(\s{0,10}\+)?|([A-Za-z_$][\w$]{0,60}))/g;
const textAssignment = /(?<![\w$.])([A-Za-z_$][\w$]{0,60})\s{0,10}=\s{0,10}(["'`])((?:(?!\2)[^\n]){1,300})\2(\s{0,10}\+)?/g;
/** The rest of a name is put together when the code runs. */
const unfinished = (text: string, more: string | undefined): string => `${text.replaceAll('\\\\', '\\')}${more === undefined ? '' : '*'}`;

/** Files that a file node is told by message: what code, or a change node, gives `msg.filename`, as far as it stands there as a text. */
function filesNamedBy(node: FlowNode): string[] {
  if (node.type === 'change') return filesOfRules(node['rules']);
  if (node.type !== 'function') return [];
  const text = code.map((property) => node[property]).filter((each) => typeof each === 'string' && each.includes('msg.filename'));
  return text.flatMap((each) => filesOfCode(String(each)));
}

function filesOfRules(rules: JsonValue | undefined): string[] {
  if (!Array.isArray(rules)) return [];
  return rules.filter(isObject).flatMap(({ t, p, pt, to, tot }) => {
    const isNamed = t === 'set' && p === 'filename' && (pt ?? 'msg') === 'msg' && (tot ?? 'str') === 'str';
    return isNamed && typeof to === 'string' && to !== '' ? [to] : [];
  });
}

function filesOfCode(text: string): string[] {
  const assigned = Map.groupBy(text.matchAll(textAssignment), ([, name = '']) => name);
  return [...text.matchAll(fileAssignment)].flatMap(([, , literal, more, name]) => {
    if (literal !== undefined) return [unfinished(literal, more)];
    return (assigned.get(name ?? '') ?? []).map(([, , , value = '', rest]) => unfinished(value, rest));
  });
}

function mayMention(value: JsonValue): boolean {
  if (typeof value === 'string') return value.includes('://');
  return typeof value === 'object' && value !== null && Object.values(value).some(mayMention);
}

function collect(value: JsonValue, found: Map<string, Mention>): void {
  if (typeof value === 'string') {
    for (const address of addressesIn(value)) found.set(address, { kind: kindOfAddress(address) ?? 'other', address });
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
  } else if (isObject(value)) {
    for (const member of Object.values(value)) collect(member, found);
  }
}

function modulesOf(node: FlowNode): string[] {
  const libraries = Array.isArray(node['libs']) ? node['libs'].filter(isObject).map(({ module }) => module) : [];
  const required = code.flatMap((property) => {
    const text = node[property];
    return typeof text === 'string' && (text.includes('require') || text.includes('import'))
      ? [...text.matchAll(requireCall)].map((match) => match[1])
      : [];
  });
  return [...libraries, ...required].filter((name) => typeof name === 'string');
}

function addModule(written: string, found: Map<string, Mention>): void {
  // `node:fs`, `fs/promises` and `axios@1.2.3` are the same thing to whoever asks where flows reach.
  const name = written.replace(/^node:/, '').replace(/(?<=.)@[^/]*$/, '');
  const known = Object.hasOwn(modules, name) ? name : name.split('/')[0];
  const kind = known !== undefined && Object.hasOwn(modules, known) ? modules[known] : undefined;
  if (kind !== undefined) found.set(`module:${name}`, { kind, address: `module:${name}` });
}
