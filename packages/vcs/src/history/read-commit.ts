import type { GitRepository, Reader } from '@sluice/store';
import { HistoryError } from '../errors.ts';
import { type ReadSnapshotFiles, readSnapshotTree } from '../layout/snapshot-files.ts';
import { treeOfCommit } from '../objects/commit.ts';
import { inflateGitObject } from '../objects/git-object.ts';
import { parseTree } from '../objects/tree.ts';
import { OBJECTS_PER_QUERY, requireObjects } from './walk-trees.ts';

/** Where each file of a tree stands. The same object may stand in several places. */
async function pathsOf(reader: Reader, repository: GitRepository, root: string): Promise<{ path: string; oid: string }[]> {
  const files: { path: string; oid: string }[] = [];
  let open = [{ path: '', oid: root }];
  while (open.length > 0) {
    const objects = await requireObjects(reader, repository, [...new Set(open.map(({ oid }) => oid))]);
    const next: typeof open = [];
    for (const { path, oid } of open) {
      const tree = objects.get(oid);
      if (tree === undefined) continue;
      for (const { name, oid: inner, isFolder } of parseTree(inflateGitObject(tree).content)) {
        (isFolder ? next : files).push({ path: `${path}${name}${isFolder ? '/' : ''}`, oid: inner });
      }
    }
    open = next;
  }
  return files;
}

/** The files of a commit by their paths. @throws HistoryError OBJECT_MISSING */
export async function readCommitFiles(reader: Reader, repository: GitRepository, commitOid: string): Promise<Map<string, Buffer>> {
  const commit = (await requireObjects(reader, repository, [commitOid])).get(commitOid);
  if (commit?.type !== 'commit') throw new HistoryError('OBJECT_MISSING', `The repository has no commit ${commitOid}.`);
  const paths = await pathsOf(reader, repository, treeOfCommit(inflateGitObject(commit).content));
  const files = new Map<string, Buffer>();
  for (let at = 0; at < paths.length; at += OBJECTS_PER_QUERY) {
    const batch = paths.slice(at, at + OBJECTS_PER_QUERY);
    const objects = await requireObjects(reader, repository, [...new Set(batch.map(({ oid }) => oid))]);
    for (const { path, oid } of batch) {
      const object = objects.get(oid);
      if (object !== undefined) files.set(path, inflateGitObject(object).content);
    }
  }
  return files;
}

/**
 * Reads the snapshot of a commit back: `flows` is byte for byte what was committed.
 * @throws HistoryError OBJECT_MISSING, LAYOUT_MALFORMED
 */
export async function readCommittedSnapshot(reader: Reader, repository: GitRepository, commitOid: string): Promise<ReadSnapshotFiles> {
  return readSnapshotTree(await readCommitFiles(reader, repository, commitOid));
}
