import { findGitObjects, type GitRepository, getGitRef, putGitObjects, setGitRef, type Transaction } from '@sluice/store';
import { createCommit, messageWithTrailers, type Signature } from '../objects/commit.ts';
import { deflateGitObject, type GitObject } from '../objects/git-object.ts';
import type { GitTree } from '../objects/tree.ts';

export const MAIN_BRANCH = 'refs/heads/main';

const COMMITTER: Signature = { name: 'Sluice', email: 'sluice@sluice.invalid' };

/** A snapshot as its commit tells it. */
export type SnapshotCommit = {
  number: number;
  /** The snapshot's digest (SHA-256, hexadecimal). */
  digest: string;
  /** In the words of whoever made the snapshot; may be empty. */
  message: string;
  author: Signature;
  /** Made by `snapshotTree`, best before the transaction. */
  tree: GitTree;
};

function allTrees(tree: GitTree): GitTree[] {
  return [tree, ...tree.folders.flatMap(allTrees)];
}

/** The objects of a tree that the repository lacks. What is below a tree that it has, it has, too: most of a snapshot is not even looked for. */
async function missingObjects(tx: Transaction, repository: GitRepository, tree: GitTree): Promise<GitObject[]> {
  const trees = allTrees(tree);
  const kept = await findGitObjects(
    tx,
    repository,
    trees.map((each) => each.object.oid),
  );
  const newTrees = trees.filter((each) => !kept.has(each.object.oid));
  const candidates = new Map(newTrees.flatMap((each) => each.files).map((file) => [file.oid, file]));
  const keptFiles = candidates.size === 0 ? new Set<string>() : await findGitObjects(tx, repository, [...candidates.keys()]);
  const newFiles = [...candidates.values()].filter((file) => !keptFiles.has(file.oid));
  return [...new Map([...newTrees.map((each) => each.object), ...newFiles].map((object) => [object.oid, object])).values()];
}

/**
 * Adds a snapshot as the next commit of `main`, in the transaction that writes the snapshot. The caller holds the application's row
 * (`takeNumber`), so commits of one application follow each other. The same facts on the same parent give the same commit.
 * @returns the commit's oid
 * @throws StoreError STATE_CONFLICT when the branch moved although the row was held
 */
export async function commitSnapshot(tx: Transaction, repository: GitRepository, snapshot: SnapshotCommit): Promise<string> {
  const parent = await getGitRef(tx, repository, MAIN_BRANCH);
  const generation = (parent?.generation ?? 0) + 1;
  const subject = snapshot.message.trim() === '' ? `Snapshot v${snapshot.number}` : snapshot.message;
  const commit = createCommit({
    tree: snapshot.tree.object.oid,
    parent: parent?.oid,
    author: snapshot.author,
    committer: COMMITTER,
    at: tx.now,
    message: messageWithTrailers(subject, { 'Snapshot-Number': String(snapshot.number), 'Snapshot-Digest': snapshot.digest }),
  });
  const objects = [commit, ...(await missingObjects(tx, repository, snapshot.tree))];
  await putGitObjects(tx, repository, generation, await Promise.all(objects.map(deflateGitObject)));
  await setGitRef(tx, repository, { name: MAIN_BRANCH, oid: commit.oid, generation }, parent?.oid);
  return commit.oid;
}
