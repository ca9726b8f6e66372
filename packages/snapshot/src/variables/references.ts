import type { FlowNode } from '../flows/flow-node.ts';
import { isObject, type JsonObject, type JsonValue } from '../json.ts';

/** Node-RED's own patterns for a property that is replaced as a whole (@node-red/runtime lib/flows/util.js). */
const wholeProperty = /^\$(?:\{(\S+)\}|\((\S+)\))$/;
/** `env.get("NAME")` in the code of a function node; with a name computed at run time nothing can be said. */
const functionCall = /\benv\s*\.\s*get\s*\(\s*(?:"([^"\\\n]+)"|'([^'\\\n]+)'|`([^`\\$\n]+)`)\s*\)/g;
/** `$env("NAME")` in JSONata. */
const jsonataCall = /\$env\s*\(\s*(?:"([^"\\\n]+)"|'([^'\\\n]+)')\s*\)/g;
/** `{{env.NAME}}` in a template node. */
const templateTag = /\{\{[{&#^]?\s*env\.([A-Za-z0-9_.-]+)\s*\}?\}\}/g;
const functionCode = ['func', 'initialize', 'finalize'] as const;
/** Properties that name or place a node and are never replaced by something useful. */
const ignoredProperties: ReadonlySet<string> = new Set([
  'id',
  'type',
  'z',
  'g',
  'x',
  'y',
  'w',
  'h',
  'wires',
  'name',
  'label',
  'info',
  'env',
]);

/** The names of variables that a node reads, as written (with `$parent.`, if so), without its own `env` list. */
export function referencesOfNode(node: FlowNode): Set<string> {
  const found = new Set<string>();
  for (const [name, value] of Object.entries(node)) if (!ignoredProperties.has(name)) collect(value, found);
  collectTypedInputs(node, found);
  if (node.type === 'function') for (const name of functionCode) collectMatches(node[name], functionCall, found);
  if (node.type === 'template') collectMatches(node['template'], templateTag, found);
  return found;
}

/** The names of variables that the value of one entry of an `env` list reads. */
export function referencesOfEnvEntry(entry: JsonObject): Set<string> {
  const found = new Set<string>();
  collect(entry['value'] ?? null, found);
  if (entry['type'] === 'env') collectEnvInput(entry['value'], found);
  return found;
}

function collect(value: JsonValue, found: Set<string>): void {
  if (typeof value === 'string') {
    const match = wholeProperty.exec(value);
    const name = match?.[1] ?? match?.[2];
    if (name !== undefined) found.add(name);
    if (value.includes('$env')) collectMatches(value, jsonataCall, found);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
  } else if (isObject(value)) {
    for (const member of Object.values(value)) collect(member, found);
    collectTypedInputs(value, found);
  }
}

/** Typed inputs keep the value beside a member that says what it is; `env` means that the value names a variable. */
function collectTypedInputs(object: JsonObject, found: Set<string>): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === 'env') for (const beside of valueNames(name)) if (Object.hasOwn(object, beside)) collectEnvInput(object[beside], found);
  }
}

/** `payloadType` → `payload`; `hostFieldType` → `host`; `vt` → `v`; `tot` → `to`; the `type` of an entry of a list → its `value`. */
function valueNames(typeName: string): string[] {
  if (typeName === 'type') return ['value'];
  const match = /^(.+?)(?:FieldType|Type|t)$/.exec(typeName);
  return match?.[1] === undefined ? [] : [match[1]];
}

/** The value of a typed input of type `env`: a bare name, or text with any number of `${NAME}` (@node-red/util evaluateEnvProperty). */
function collectEnvInput(value: JsonValue | undefined, found: Set<string>): void {
  if (typeof value !== 'string' || value === '') return;
  const embedded = [...value.matchAll(/\$\{([^}]+)\}/g)].flatMap((match) => match[1] ?? []);
  for (const name of embedded.length > 0 ? embedded : [value]) found.add(name);
}

function collectMatches(value: JsonValue | undefined, pattern: RegExp, found: Set<string>): void {
  if (typeof value !== 'string') return;
  for (const match of value.matchAll(pattern)) {
    const name = match[1] ?? match[2] ?? match[3];
    if (name !== undefined) found.add(name);
  }
}
