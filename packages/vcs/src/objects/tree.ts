import { createGitObject, type GitObject } from './git-object.ts';

const FILE_MODE = '100644';
const FOLDER_MODE = '40000';
const OID_BYTES = 20;

/** A folder: its object and what stands in it. */
export type GitTree = { object: GitObject; folders: readonly GitTree[]; files: readonly GitObject[] };

export type TreeEntry = { name: string; oid: string; isFolder: boolean };

/** Git compares names as bytes, those of folders as if they ended with a slash. */
function inGitsOrder(left: TreeEntry, right: TreeEntry): number {
  return Buffer.compare(
    Buffer.from(left.isFolder ? `${left.name}/` : left.name),
    Buffer.from(right.isFolder ? `${right.name}/` : right.name),
  );
}

/** The content of a tree object: `<mode> <name>\0<20 bytes>` for each entry. */
function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const parts = [...entries]
    .sort(inGitsOrder)
    .flatMap(({ name, oid, isFolder }) => [Buffer.from(`${isFolder ? FOLDER_MODE : FILE_MODE} ${name}\0`), Buffer.from(oid, 'hex')]);
  return Buffer.concat(parts);
}

/** The tree of a folder, from what stands in it by name. */
export function buildTree(files: ReadonlyMap<string, Buffer>, folders: ReadonlyMap<string, GitTree> = new Map()): GitTree {
  const objects = [...files].map(([name, content]) => ({ name, object: createGitObject('blob', content) }));
  const content = encodeTree([
    ...[...folders].map(([name, tree]) => ({ name, oid: tree.object.oid, isFolder: true })),
    ...objects.map(({ name, object }) => ({ name, oid: object.oid, isFolder: false })),
  ]);
  return { object: createGitObject('tree', content), folders: [...folders.values()], files: objects.map(({ object }) => object) };
}

/** The entries of a tree object. Links and submodules of foreign repositories are left out. */
export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < content.length) {
    const end = content.indexOf(0, at);
    const space = content.indexOf(0x20, at);
    const mode = content.toString('latin1', at, space);
    const name = content.toString('utf8', space + 1, end);
    at = end + 1 + OID_BYTES;
    if (end === -1 || space === -1 || space > end || at > content.length) throw new RangeError('a tree object is cut off');
    const isFolder = mode === FOLDER_MODE;
    if (isFolder || mode.startsWith('100')) entries.push({ name, oid: content.toString('hex', end + 1, at), isFolder });
  }
  return entries;
}
