import type { GitDirection, GitRemoteErrorCode } from '@sluice/contracts';
import { translateDatabaseError } from '../base/database-error.ts';
import type { Reader } from '../base/reader.ts';
import type { Store } from '../base/store.ts';
import type { Transaction } from '../base/transaction.ts';
import { GIT_REMOTE_IS_DUE, GIT_REMOTES, type GitRemoteRow, type StoredGitRemote, toStoredGitRemote } from './rows.ts';

/** Remotes with something to do, those that wait longest first. */
export async function dueGitRemotes(reader: Reader, now: Date, limit: number): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    `select r.id from git_remote r where ${GIT_REMOTE_IS_DUE} order by coalesce(r.last_attempt_at, r.created_at), r.id limit $2`,
    [now, limit],
  );
  return rows.map((row) => row.id);
}

/** Any organization's remote by its id alone: for jobs, and for calls of git servers, which prove that they know its secret. */
export async function findGitRemote(reader: Reader, gitRemoteId: string, now: Date): Promise<StoredGitRemote | undefined> {
  const [row] = await reader.query<GitRemoteRow>(`${GIT_REMOTES} where r.id = $2`, [now, gitRemoteId]);
  return row === undefined ? undefined : toStoredGitRemote(row);
}

/** Remotes that a new snapshot of the application is pushed to. */
export async function mirrorsOfApplication(reader: Reader, applicationId: string): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    `select id from git_remote where application_id = $1 and direction = 'mirror' and enabled and attempts = 0`,
    [applicationId],
  );
  return rows.map((row) => row.id);
}

/** A failing remote is tried this soon after its last attempt when its server calls: what it pushed may be the cure. Seconds. */
const PAUSE_AFTER_FAILURE_S = 30;

/** Makes an import due because its git server said that something was pushed. Saying it again changes nothing. */
export async function requestGitImport(tx: Transaction, remote: Pick<StoredGitRemote, 'id' | 'organizationId'>): Promise<void> {
  const changed = await tx.execute(
    `update git_remote set requested_at = $2, next_attempt_at = case
            when next_attempt_at is not null then least(next_attempt_at, last_attempt_at + make_interval(secs => $3)) end
     where id = $1 and direction = 'import' and enabled and requested_at is null`,
    [remote.id, tx.now, PAUSE_AFTER_FAILURE_S],
  );
  if (changed > 0) await tx.changed(remote.organizationId, 'git_remote', [remote.id]);
}

/**
 * Does `work` if no other process does something with this remote now. The lock belongs to a database session: when this process dies,
 * Postgres lets go of it at once.
 * @returns false when another one has it
 * @throws StoreUnavailableError; whatever `work` throws
 */
export async function withGitRemoteLock(store: Store, gitRemoteId: string, work: () => Promise<void>): Promise<boolean> {
  const key = `git_remote/${gitRemoteId}`;
  const client = await store.pool.connect().catch((error: unknown) => {
    throw translateDatabaseError(error);
  });
  let lost = false;
  const lose = (): void => {
    lost = true;
  };
  client.on('error', lose);
  try {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 2)) as locked', [key]);
    if (rows[0]?.locked !== true) return false;
    try {
      await work();
    } finally {
      // Without the session there is no lock either. What two do at once, the compare-and-set at the end decides.
      await client.query('select pg_advisory_unlock(hashtextextended($1, 2))', [key]).catch(lose);
    }
    return true;
  } finally {
    client.removeListener('error', lose);
    client.release(lost);
  }
}

/** What the worker found when it began: an outcome counts only for these settings. */
export type GitAttempt = Pick<
  StoredGitRemote,
  'id' | 'organizationId' | 'version' | 'requestedAt' | 'attempts' | 'lastCommit' | 'lastSuccessAt'
> & {
  direction: GitDirection;
};

// What was asked for after the attempt began is still to be done.
const REQUEST_SERVED = 'requested_at is not distinct from $3';

/**
 * Both sides have the same commit now. `imported`: the snapshot that was made of it, in the same transaction.
 * @returns false when the remote was changed or removed meanwhile: then nothing is written
 */
export async function recordGitSuccess(
  tx: Transaction,
  attempt: GitAttempt,
  outcome: { commit: string | null; imported?: { snapshotId: string; digest: string } },
): Promise<boolean> {
  const changed = await tx.execute(
    `update git_remote set attempts = 0, error_code = null, error_message = null, next_attempt_at = null, last_attempt_at = $4,
            last_success_at = $4, last_commit = $5, last_snapshot_id = coalesce($6, last_snapshot_id), last_digest = coalesce($7, last_digest),
            force_requested = force_requested and not ${REQUEST_SERVED},
            requested_at = case when ${REQUEST_SERVED} then null else requested_at end
     where id = $1 and version = $2 and last_commit is not distinct from $8`,
    [
      attempt.id,
      attempt.version,
      attempt.requestedAt,
      tx.now,
      outcome.commit,
      outcome.imported?.snapshotId ?? null,
      outcome.imported?.digest ?? null,
      attempt.lastCommit,
    ],
  );
  if (changed === 0) return false;
  // A poll that finds nothing new is nothing to tell anybody.
  const isNews =
    attempt.attempts > 0 || attempt.requestedAt !== null || attempt.lastCommit !== outcome.commit || attempt.lastSuccessAt === null;
  if (isNews) await tx.changed(attempt.organizationId, 'git_remote', [attempt.id]);
  return true;
}

/** It did not work. @param failure.keepsForce the remote was not even reached: what a person said about force still holds */
export async function recordGitFailure(
  tx: Transaction,
  attempt: GitAttempt,
  failure: { code: GitRemoteErrorCode; message: string; nextAttemptAt: Date; keepsForce: boolean },
): Promise<void> {
  const changed = await tx.execute(
    `update git_remote set attempts = attempts + 1, error_code = $5, error_message = $6, last_attempt_at = $4,
            next_attempt_at = case when ${REQUEST_SERVED} then $7::timestamptz else null end,
            force_requested = force_requested and ($8 or not ${REQUEST_SERVED}),
            requested_at = case when ${REQUEST_SERVED} then null else requested_at end
     where id = $1 and version = $2`,
    [attempt.id, attempt.version, attempt.requestedAt, tx.now, failure.code, failure.message, failure.nextAttemptAt, failure.keepsForce],
  );
  if (changed > 0) await tx.changed(attempt.organizationId, 'git_remote', [attempt.id]);
}
