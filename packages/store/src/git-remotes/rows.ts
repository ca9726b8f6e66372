import type { GitDirection, GitRemote, GitRemoteErrorCode, GitRemoteState } from '@sluice/contracts';
import { iso, isoOrNull } from '../base/rows.ts';

/** The secrets of a remote, each sealed to the row: `git_remote/<id>/<name>` is their additional data. */
export const gitRemoteSecrets = ['password', 'webhookSecret', 'credentialSecret'] as const;
export type GitRemoteSecret = (typeof gitRemoteSecrets)[number];

/** The identity that a secret of a remote is sealed to: it opens in no other row and as no other secret. */
export function gitRemoteSecretIdentity(gitRemoteId: string, secret: GitRemoteSecret): string {
  return `git_remote/${gitRemoteId}/${secret}`;
}

/** A remote as it is stored. */
export type StoredGitRemote = {
  id: string;
  organizationId: string;
  applicationId: string;
  direction: GitDirection;
  url: string;
  branch: string;
  path: string;
  username: string | null;
  sealed: Record<GitRemoteSecret, Buffer | null>;
  ignoreCredentials: boolean;
  enabled: boolean;
  pollIntervalSeconds: number | null;
  requestedAt: Date | null;
  forceRequested: boolean;
  attempts: number;
  nextAttemptAt: Date | null;
  lastAttemptAt: Date | null;
  lastSuccessAt: Date | null;
  lastCommit: string | null;
  lastSnapshotId: string | null;
  lastDigest: string | null;
  errorCode: GitRemoteErrorCode | null;
  errorMessage: string | null;
  version: number;
  createdBy: string;
  createdAt: Date;
  isDue: boolean;
};

export type GitRemoteRow = Omit<StoredGitRemote, 'sealed'> & {
  sealedPassword: Buffer | null;
  sealedWebhookSecret: Buffer | null;
  sealedCredentialSecret: Buffer | null;
};

/**
 * Whether there is something to do now, from the row and the history alone. `$1` is the time.
 * A failing remote waits for its next attempt; a mirror is due when the history has moved on, an import when it was never looked at or its
 * interval is over; each of them when somebody asked.
 */
export const GIT_REMOTE_IS_DUE = `(r.enabled and (r.next_attempt_at is null or r.next_attempt_at <= $1) and (
  r.requested_at is not null or r.attempts > 0
  or (r.direction = 'mirror' and exists (
    select 1 from git_ref h where h.application_id = r.application_id and h.name = 'refs/heads/main' and h.oid is distinct from r.last_commit))
  or (r.direction = 'import' and (r.last_attempt_at is null
    or r.last_attempt_at + make_interval(secs => r.poll_interval_seconds) <= $1))))`;

/** `$1` is the time. */
export const GIT_REMOTES = `
  select r.id, r.organization_id as "organizationId", r.application_id as "applicationId", r.direction, r.url, r.branch, r.path, r.username,
         r.sealed_password as "sealedPassword", r.sealed_webhook_secret as "sealedWebhookSecret",
         r.sealed_credential_secret as "sealedCredentialSecret", r.ignore_credentials as "ignoreCredentials", r.enabled,
         r.poll_interval_seconds as "pollIntervalSeconds", r.requested_at as "requestedAt", r.force_requested as "forceRequested",
         r.attempts, r.next_attempt_at as "nextAttemptAt", r.last_attempt_at as "lastAttemptAt", r.last_success_at as "lastSuccessAt",
         r.last_commit as "lastCommit", r.last_snapshot_id as "lastSnapshotId", r.last_digest as "lastDigest",
         r.error_code as "errorCode", r.error_message as "errorMessage", r.version, r.created_by as "createdBy",
         r.created_at as "createdAt", coalesce(${GIT_REMOTE_IS_DUE}, false) as "isDue"
  from git_remote r`;

export function toStoredGitRemote({ sealedPassword, sealedWebhookSecret, sealedCredentialSecret, ...row }: GitRemoteRow): StoredGitRemote {
  return { ...row, sealed: { password: sealedPassword, webhookSecret: sealedWebhookSecret, credentialSecret: sealedCredentialSecret } };
}

function stateOf({ enabled, attempts, isDue }: StoredGitRemote): GitRemoteState {
  if (!enabled) return 'disabled';
  if (attempts > 0) return 'failing';
  return isDue ? 'due' : 'idle';
}

/** When it is looked at next by itself. */
function nextAttemptOf({ enabled, attempts, nextAttemptAt, lastAttemptAt, pollIntervalSeconds }: StoredGitRemote): Date | null {
  if (!enabled) return null;
  if (attempts > 0) return nextAttemptAt;
  return lastAttemptAt === null || pollIntervalSeconds === null ? null : new Date(lastAttemptAt.getTime() + pollIntervalSeconds * 1000);
}

/** The remote as people see it: without its secrets. */
export function toGitRemote(stored: StoredGitRemote): GitRemote {
  const { errorCode, errorMessage, sealed } = stored;
  return {
    id: stored.id,
    applicationId: stored.applicationId,
    direction: stored.direction,
    url: stored.url,
    branch: stored.branch,
    path: stored.path,
    username: stored.username,
    hasPassword: sealed.password !== null,
    hasWebhookSecret: sealed.webhookSecret !== null,
    hasCredentialSecret: sealed.credentialSecret !== null,
    ignoreCredentials: stored.ignoreCredentials,
    enabled: stored.enabled,
    pollIntervalSeconds: stored.pollIntervalSeconds,
    state: stateOf(stored),
    lastCommit: stored.lastCommit,
    lastSnapshotId: stored.lastSnapshotId,
    lastAttemptAt: isoOrNull(stored.lastAttemptAt),
    lastSuccessAt: isoOrNull(stored.lastSuccessAt),
    lastError: errorCode === null || errorMessage === null ? null : { code: errorCode, message: errorMessage },
    attempts: stored.attempts,
    nextAttemptAt: isoOrNull(nextAttemptOf(stored)),
    version: stored.version,
    createdBy: stored.createdBy,
    createdAt: iso(stored.createdAt),
  };
}
