import { HistoryError } from '../errors.ts';
import { FILE_REFERENCE, FLOW_FILE, FLOWS_FOLDER, LAYOUT_VERSION, ORDER_FILE, PLAIN_VALUE } from './write-flows.ts';

type Files = ReadonlyMap<string, Buffer>;
type JsonObject = Record<string, unknown>;

function malformed(path: string, what: string, cause?: unknown): HistoryError {
  return new HistoryError('LAYOUT_MALFORMED', `${path} ${what}.`, cause === undefined ? {} : { cause });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON file of the tree. @throws HistoryError LAYOUT_MALFORMED */
export function readJsonFile(files: Files, path: string): unknown {
  const content = files.get(path);
  if (content === undefined) throw malformed(path, 'is missing');
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw malformed(path, 'is not JSON', error);
  }
}

function readOrder(files: Files): [string, number][] {
  const path = `${FLOWS_FOLDER}/${ORDER_FILE}`;
  const document = readJsonFile(files, path);
  if (!isObject(document) || document['layout'] !== LAYOUT_VERSION) throw malformed(path, 'is of a layout that this version does not know');
  const order = document['order'];
  if (!Array.isArray(order)) throw malformed(path, 'has no order');
  return order.map((entry: unknown) => {
    const [folder, count] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof folder !== 'string' || typeof count !== 'number') throw malformed(path, 'has an entry that is no folder with a count');
    return [folder, count];
  });
}

/** The only property of an object with exactly one, if it has this name. */
function onlyMember(value: unknown, name: string): { value: unknown } | undefined {
  if (!isObject(value) || !Object.hasOwn(value, name) || Object.keys(value).length !== 1) return undefined;
  return { value: value[name] };
}

function readValue(files: Files, folder: string, value: unknown): unknown {
  const plain = onlyMember(value, PLAIN_VALUE);
  if (plain !== undefined) return plain.value;
  const reference = onlyMember(value, FILE_REFERENCE);
  if (reference === undefined) return value;
  const path = `${FLOWS_FOLDER}/${folder}/${String(reference.value)}`;
  const content = files.get(path);
  if (content === undefined) throw malformed(path, `is missing, although ${FLOWS_FOLDER}/${folder}/${FLOW_FILE} refers to it`);
  const text = content.toString('utf8');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

function readFolder(files: Files, folder: string): unknown[] {
  const path = `${FLOWS_FOLDER}/${folder}/${FLOW_FILE}`;
  const nodes = readJsonFile(files, path);
  if (!Array.isArray(nodes)) throw malformed(path, 'is no array of nodes');
  return nodes.map((node: unknown) => {
    if (!isObject(node)) throw malformed(path, 'holds something that is no node');
    return Object.fromEntries(Object.entries(node).map(([property, value]) => [property, readValue(files, folder, value)]));
  });
}

/**
 * The flows that `writeFlows` laid out. A tree that people changed by hand is read, too: what its order does not count comes at the end.
 * @param files by their paths, at least those below `flows/`
 * @throws HistoryError LAYOUT_MALFORMED
 */
export function readFlows(files: Files): unknown[] {
  const order = readOrder(files);
  const waiting = new Map<string, unknown[]>();
  for (const [folder] of order) if (!waiting.has(folder)) waiting.set(folder, readFolder(files, folder));
  const taken = new Map<string, number>();
  const nodes: unknown[] = [];
  for (const [folder, count] of order) {
    const from = taken.get(folder) ?? 0;
    nodes.push(...(waiting.get(folder) ?? []).slice(from, from + count));
    taken.set(folder, from + count);
  }
  for (const [folder, all] of waiting) nodes.push(...all.slice(taken.get(folder) ?? 0));
  return nodes;
}
