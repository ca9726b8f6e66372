import { type GitRepository, type Reader, readGitObjects, type StoredGitObject } from '@sluice/store';
import { HistoryError } from '../errors.ts';
import { inflateGitObject } from '../objects/git-object.ts';
import { parseTree } from '../objects/tree.ts';

/** How many objects are asked for at once. */
export const OBJECTS_PER_QUERY = 500;

export type WalkedTrees = { trees: Set<string>; files: Set<string> };

/** Objects by their oids. @throws HistoryError OBJECT_MISSING */
export async function requireObjects(
  reader: Reader,
  repository: GitRepository,
  oids: readonly string[],
): Promise<Map<string, StoredGitObject>> {
  const objects = new Map((await readGitObjects(reader, repository, oids)).map((object) => [object.oid, object]));
  const missing = oids.find((oid) => !objects.has(oid));
  if (missing !== undefined) throw new HistoryError('OBJECT_MISSING', `The repository lacks the object ${missing}.`);
  return objects;
}

/**
 * Everything below some trees, each object once, level by level with few statements.
 * @throws HistoryError OBJECT_MISSING
 */
export async function walkTrees(reader: Reader, repository: GitRepository, roots: readonly string[]): Promise<WalkedTrees> {
  const walked: WalkedTrees = { trees: new Set(), files: new Set() };
  let open = new Set(roots);
  while (open.size > 0) {
    const level = [...open].filter((oid) => !walked.trees.has(oid));
    open = new Set();
    for (let at = 0; at < level.length; at += OBJECTS_PER_QUERY) {
      const objects = await requireObjects(reader, repository, level.slice(at, at + OBJECTS_PER_QUERY));
      for (const tree of objects.values()) {
        walked.trees.add(tree.oid);
        for (const entry of parseTree(inflateGitObject(tree).content)) (entry.isFolder ? open : walked.files).add(entry.oid);
      }
    }
  }
  return walked;
}
