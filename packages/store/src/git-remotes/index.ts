export {
  createGitRemote,
  type GitRemoteChange,
  type GitRemoteSettings,
  getStoredGitRemote,
  listGitRemotes,
  type NewGitRemote,
  removeGitRemote,
  requestGitSync,
  updateGitRemote,
} from './git-remotes.ts';
export { type GitRemoteSecret, gitRemoteSecretIdentity, gitRemoteSecrets, type StoredGitRemote, toGitRemote } from './rows.ts';
export {
  dueGitRemotes,
  findGitRemote,
  type GitAttempt,
  mirrorsOfApplication,
  recordGitFailure,
  recordGitSuccess,
  requestGitImport,
  withGitRemoteLock,
} from './sync.ts';
