import { createHash } from 'node:crypto';
import type { VariableDeclaration } from '@sluice/contracts';
import type { FlowNode } from '@sluice/snapshot';
import { buildTree, type GitTree } from '../objects/tree.ts';
import { formatJson } from './format-json.ts';
import { readFlows, readJsonFile } from './read-flows.ts';
import { FLOWS_FOLDER, foldersOf, ORDER_FILE, writeFolder, writeOrder } from './write-flows.ts';

/** What of a snapshot stands in its commit. Credentials do not. */
export type SnapshotFiles = {
  flows: readonly FlowNode[];
  /** The exact bytes of package.json. */
  packageJson: Uint8Array;
  /** The exact bytes of package-lock.json; null without one. */
  lock: Uint8Array | null;
  settings: Readonly<Record<string, unknown>>;
  variables: readonly VariableDeclaration[];
};

/** The same, read back. */
export type ReadSnapshotFiles = {
  /** flows.json, as Node-RED and Sluice write it: its SHA-256 is the revision. */
  flows: Buffer;
  packageJson: Buffer | null;
  lock: Buffer | null;
  settings: unknown;
  variables: unknown;
};

/** No git may change line ends on the way to a working copy and back: code with CR in it has to come back as it was. */
const ATTRIBUTES = Buffer.from('* -text\n');

/** Remembers what folders became, by a digest of their nodes. Bounded by whoever makes it. */
export type FolderCache = { get(key: string): GitTree | undefined; set(key: string, tree: GitTree): unknown };

/** Between two versions of an application most folders stay as they are: telling so costs less than laying them out again. */
function folderTree(nodes: readonly FlowNode[], cache: FolderCache | undefined): GitTree {
  if (cache === undefined) return buildTree(writeFolder(nodes));
  const key = createHash('sha256').update(JSON.stringify(nodes)).digest('base64');
  const known = cache.get(key);
  if (known !== undefined) return known;
  const tree = buildTree(writeFolder(nodes));
  cache.set(key, tree);
  return tree;
}

/**
 * Lays a snapshot out as the files of its commit. Pure: the same snapshot gives the same tree, with a cache only sooner.
 */
export function snapshotTree(snapshot: SnapshotFiles, cache?: FolderCache): GitTree {
  const { folders, order } = foldersOf(snapshot.flows);
  const flows = new Map(folders.map(({ name, nodes }) => [name, folderTree(nodes, cache)]));
  const variables = [...snapshot.variables].sort((left, right) => (left.name < right.name ? -1 : 1));
  const files = new Map<string, Buffer>([
    ['.gitattributes', ATTRIBUTES],
    ['package.json', Buffer.from(snapshot.packageJson)],
    ['settings.json', Buffer.from(formatJson(snapshot.settings, 1))],
    ['variables.json', Buffer.from(formatJson(variables, 1))],
  ]);
  if (snapshot.lock !== null) files.set('package-lock.json', Buffer.from(snapshot.lock));
  return buildTree(files, new Map([[FLOWS_FOLDER, buildTree(new Map([[ORDER_FILE, writeOrder(order)]]), flows)]]));
}

/** How much memory a tree holds, in bytes, roughly: for the bound of a cache. */
export function treeBytes(tree: GitTree): number {
  const objects = [tree.object, ...tree.files];
  return objects.reduce((sum, { content }) => sum + content.length + 200, 0) + tree.folders.reduce((sum, each) => sum + treeBytes(each), 0);
}

/**
 * Reads the files of a commit back.
 * @throws HistoryError LAYOUT_MALFORMED
 */
export function readSnapshotTree(files: ReadonlyMap<string, Buffer>): ReadSnapshotFiles {
  return {
    flows: Buffer.from(JSON.stringify(readFlows(files))),
    packageJson: files.get('package.json') ?? null,
    lock: files.get('package-lock.json') ?? null,
    settings: files.has('settings.json') ? readJsonFile(files, 'settings.json') : {},
    variables: files.has('variables.json') ? readJsonFile(files, 'variables.json') : [],
  };
}
