import type { Captures } from '@sluice/capture';
import { findGitCommits, recordGitSuccess, type Store, type StoredGitRemote, StoreError } from '@sluice/store';
import { fetchBranch, type RemoteAccess, readRemoteHead } from '@sluice/vcs';
import { readProject, withCredentialsAdvice } from './read-project.ts';

export type ImportRequest = {
  remote: StoredGitRemote;
  access: RemoteAccess & { branch: string };
  credentialSecret: string | null;
  signal: AbortSignal;
};

/** Where it is, for people: without the scheme. */
function placeOf({ url, branch }: StoredGitRemote): string {
  return `${url.replace(/^https?:\/\//, '')} (${branch})`.slice(0, 200);
}

/**
 * Imports the head of a branch as a snapshot, if it is new and says something new. The snapshot and what the remote remembers of it are one
 * transaction: nothing is imported twice.
 * @returns whether a snapshot was made
 * @throws RemoteError; SnapshotError, CaptureError, HistoryError when what is there cannot become a snapshot
 */
export async function importBranch(deps: { store: Store; captures: Captures }, request: ImportRequest): Promise<boolean> {
  const { store, captures } = deps;
  const { remote, access, signal, credentialSecret } = request;
  const repository = { organizationId: remote.organizationId, applicationId: remote.applicationId };
  const head = await readRemoteHead({ remote: access, signal });
  // Our own commits come back from a mirror: they are snapshots already.
  const isKnown = head === remote.lastCommit || (await findGitCommits(store, repository, [head])).has(head);
  if (isKnown) {
    await store.transaction((tx) => recordGitSuccess(tx, remote, { commit: head }));
    return false;
  }
  const fetched = await fetchBranch({ remote: access, path: remote.path, signal });
  const prepared = (() => {
    try {
      return captures.prepare(readProject(fetched, { credentialSecret, ignoreCredentials: remote.ignoreCredentials }));
    } catch (error) {
      throw withCredentialsAdvice(error);
    }
  })();
  if (prepared.digest === remote.lastDigest) {
    await store.transaction((tx) => recordGitSuccess(tx, remote, { commit: fetched.commit }));
    return false;
  }
  const actor = { kind: 'system', id: remote.id, name: `Git import of ${placeOf(remote)}`, method: 'internal' } as const;
  await store.transaction(async (tx) => {
    const snapshot = await captures.keep(tx, repository, prepared, { actor });
    const imported = { snapshotId: snapshot.id, digest: snapshot.digest };
    const isStill = await recordGitSuccess(tx, remote, { commit: fetched.commit, imported });
    if (!isStill) throw new StoreError('STATE_CONFLICT', 'The git remote was changed during the import: it begins anew.');
    await tx.record({
      organizationId: remote.organizationId,
      actor,
      action: 'git_remote.imported',
      target: { kind: 'git_remote', id: remote.id, name: remote.url },
      after: { commit: fetched.commit, snapshot: snapshot.id, number: snapshot.number },
    });
  });
  return true;
}
