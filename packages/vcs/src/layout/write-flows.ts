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

type FlowFolder = { name: string; nodes: unknown[]; names: FolderNames };

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
 * Lays flows out as files: a folder for each tab and subflow, named by its id, so that renaming does not move it; in it `flow.json` with the nodes in
 * the order of flows.json, and the texts of nodes as files of their own. `order.json` says how the folders are woven into flows.json.
 * `readFlows` gives the same flows back, byte for byte.
 */
export function writeFlows(nodes: readonly FlowNode[]): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const folderNames = createFolderNames([ORDER_FILE, GLOBAL_FOLDER]);
  const folders = new Map<string | null, FlowFolder>();
  const order: OrderEntry[] = [];
  const folderOf = (flow: string | null): FlowFolder => {
    const known = folders.get(flow);
    if (known !== undefined) return known;
    const name = flow === null ? GLOBAL_FOLDER : folderNames.take(fileNamePart(flow), '');
    const folder = { name, nodes: [], names: createFolderNames([FLOW_FILE]) };
    folders.set(flow, folder);
    return folder;
  };
  for (const node of nodes) {
    const folder = folderOf(flowOf(node));
    folder.nodes.push(withoutTexts(node, folder, files));
    const last = order.at(-1);
    if (last?.[0] === folder.name) last[1] += 1;
    else order.push([folder.name, 1]);
  }
  for (const { name, nodes: written } of folders.values()) {
    files.set(`${FLOWS_FOLDER}/${name}/${FLOW_FILE}`, Buffer.from(formatJson(written, 2)));
  }
  files.set(`${FLOWS_FOLDER}/${ORDER_FILE}`, Buffer.from(formatJson({ layout: LAYOUT_VERSION, order }, 2)));
  return files;
}

/** The node as `flow.json` shows it; its texts go into files. Each ends with a line break of ours, so that the last line compares as a line. */
function withoutTexts(node: FlowNode, folder: FlowFolder, files: Map<string, Buffer>): unknown {
  // Most nodes go as they are.
  const properties = Object.keys(node);
  if (!properties.some((property) => looksLikeReference(node[property]) || textFileOf(node, property) !== undefined)) return node;
  const base = fileNamePart(node.id);
  return Object.fromEntries(
    Object.entries(node).map(([property, value]) => {
      const file = textFileOf(node, property);
      if (file === undefined) return [property, looksLikeReference(value) ? { [PLAIN_VALUE]: value } : value];
      const name = folder.names.take(file.isMain ? base : `${base}.${fileNamePart(property)}`, file.extension);
      files.set(`${FLOWS_FOLDER}/${folder.name}/${name}`, Buffer.from(`${String(value)}\n`));
      return [property, { [FILE_REFERENCE]: name }];
    }),
  );
}
