import type { FlowNode } from '@sluice/snapshot';
import { createFolderNames, type FolderNames, fileNamePart } from './file-names.ts';
import { formatJson } from './format-json.ts';
import { textFileOf } from './text-files.ts';

export const FLOWS_FOLDER = 'flows';
/** Nodes that belong to no tab and no subflow: configuration for all of them. */
export const GLOBAL_FOLDER = 'global';
export const FLOW_FILE = 'flow.json';
export const ORDER_FILE = 'order.json';
export const LAYOUT_VERSION = 1;

/** Where a text that stands in a file was. */
export const FILE_REFERENCE = '$file';
/** Where a value stands that only looks like one of these two. */
export const PLAIN_VALUE = '$value';

/** Which folder's nodes come next in flows.json, and how many. */
export type OrderEntry = [folder: string, count: number];

/** A tab or subflow with what stands on it. */
export type FlowFolder = { name: string; nodes: FlowNode[] };

/** The tab or subflow that a node is, or stands on. Null: none. */
function flowOf(node: FlowNode): string | null {
  if (node.type === 'tab' || node.type === 'subflow') return node.id;
  const flow = node['z'];
  return typeof flow === 'string' && flow !== '' ? flow : null;
}

function looksLikeReference(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && (names[0] === FILE_REFERENCE || names[0] === PLAIN_VALUE);
}

/**
 * Sorts nodes into folders: one for each tab and subflow, named by its id, so that renaming does not move it. `order` says how the folders are woven
 * into flows.json.
 */
export function foldersOf(nodes: readonly FlowNode[]): { folders: FlowFolder[]; order: OrderEntry[] } {
  const names = createFolderNames([ORDER_FILE, GLOBAL_FOLDER]);
  const folders = new Map<string | null, FlowFolder>();
  const order: OrderEntry[] = [];
  for (const node of nodes) {
    const flow = flowOf(node);
    const folder = folders.get(flow) ?? { name: flow === null ? GLOBAL_FOLDER : names.take(fileNamePart(flow), ''), nodes: [] };
    folders.set(flow, folder);
    folder.nodes.push(node);
    const last = order.at(-1);
    if (last?.[0] === folder.name) last[1] += 1;
    else order.push([folder.name, 1]);
  }
  return { folders: [...folders.values()], order };
}

/** The files of one folder: `flow.json` with its nodes in the order of flows.json, and their texts as files of their own. */
export function writeFolder(nodes: readonly FlowNode[]): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const names = createFolderNames([FLOW_FILE]);
  const written = nodes.map((node) => withoutTexts(node, names, files));
  return files.set(FLOW_FILE, Buffer.from(formatJson(written, 2)));
}

/** The file that says how the folders are woven into flows.json. */
export function writeOrder(order: readonly OrderEntry[]): Buffer {
  return Buffer.from(formatJson({ layout: LAYOUT_VERSION, order }, 2));
}

/** Lays flows out as files, by their paths. `readFlows` gives the same flows back, byte for byte. */
export function writeFlows(nodes: readonly FlowNode[]): Map<string, Buffer> {
  const { folders, order } = foldersOf(nodes);
  const files = new Map([[`${FLOWS_FOLDER}/${ORDER_FILE}`, writeOrder(order)]]);
  for (const folder of folders) {
    for (const [name, content] of writeFolder(folder.nodes)) files.set(`${FLOWS_FOLDER}/${folder.name}/${name}`, content);
  }
  return files;
}

/** The node as `flow.json` shows it; its texts go into files. Each ends with a line break of ours, so that the last line compares as a line. */
function withoutTexts(node: FlowNode, names: FolderNames, files: Map<string, Buffer>): unknown {
  // Most nodes go as they are.
  const properties = Object.keys(node);
  if (!properties.some((property) => looksLikeReference(node[property]) || textFileOf(node, property) !== undefined)) return node;
  const base = fileNamePart(node.id);
  return Object.fromEntries(
    Object.entries(node).map(([property, value]) => {
      const file = textFileOf(node, property);
      if (file === undefined) return [property, looksLikeReference(value) ? { [PLAIN_VALUE]: value } : value];
      const name = names.take(file.isMain ? base : `${base}.${fileNamePart(property)}`, file.extension);
      files.set(name, Buffer.from(`${String(value)}\n`));
      return [property, { [FILE_REFERENCE]: name }];
    }),
  );
}
