/** The history of an application as a real git repository, whose objects and branches are rows of the store. */
export { HistoryError, type HistoryErrorCode } from './errors.ts';
export { commitSnapshot, MAIN_BRANCH, type SnapshotCommit } from './history/commit-snapshot.ts';
export { readCommittedSnapshot } from './history/read-commit.ts';
export {
  type FolderCache,
  type ReadSnapshotFiles,
  readSnapshotTree,
  type SnapshotFiles,
  snapshotTree,
  treeBytes,
} from './layout/snapshot-files.ts';
export { type FetchedBranch, fetchBranch, readRemoteHead } from './mirror/fetch-branch.ts';
export { type PushOutcome, pushHistory } from './mirror/push-history.ts';
export { RemoteError } from './mirror/remote-error.ts';
export { parseRemoteUrl, type RemoteAccess } from './mirror/remote-url.ts';
export type { Signature } from './objects/commit.ts';
export type { GitTree } from './objects/tree.ts';
export { advertise, type ProtocolVersion, protocolVersionOf, uploadPack } from './serve/upload-pack.ts';
