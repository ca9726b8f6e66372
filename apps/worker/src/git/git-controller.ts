/**
 * Pushes to mirrors and imports from branches. INVARIANTS
 * - What is due follows from Postgres: jobs only say where to look first. Without any job the sweep does it all, a little later.
 * - Of all workers, one does something with a remote at a time; what it ends with counts only for the settings it began with.
 * - A failure is a state that people see, with when it is tried again; it keeps no other remote from going on.
 */
import type { Captures } from '@sluice/capture';
import { type Clock, type Log, type Random, type RetryPolicy, retryDelayMs } from '@sluice/platform';
import {
  dueGitRemotes,
  findGitRemote,
  type GitRemoteSecret,
  gitRemoteSecretIdentity,
  type Keyring,
  recordGitFailure,
  recordGitSuccess,
  type Store,
  type StoredGitRemote,
  StoreError,
  StoreUnavailableError,
  withGitRemoteLock,
} from '@sluice/store';
import { pushHistory } from '@sluice/vcs';
import { explainFailure, unforeseen } from './explain-failure.ts';
import { importBranch } from './import-branch.ts';

export type GitControllerDeps = {
  store: Store;
  clock: Clock;
  random: Random;
  log: Log;
  captures: Captures;
  keyring: Pick<Keyring, 'open'>;
};

export type GitController = {
  /** Does what is due with one remote; nothing if nothing is, or if another worker is at it. Never throws for what the remote does. */
  sync(gitRemoteId: string, signal: AbortSignal): Promise<void>;
  /** Begins with what is due, as far as there is room, and does not wait for it. */
  sweep(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing runs any more. */
  settled(): Promise<void>;
};

/** Half a minute after the first failure, then twice as long each time, up to four hours; jitter spreads many remotes of one server. */
const backOff: RetryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 30_000, delayMsMax: 4 * 3_600_000 };
const SYNC_TIMEOUT_MS = 600_000;
/** Each takes a database connection and some tens of megabytes. */
const CONCURRENCY = 3;

export function createGitController(deps: GitControllerDeps): GitController {
  const { store, clock, random, log, captures, keyring } = deps;
  const running = new Map<string, Promise<void>>();

  const open = async (remote: StoredGitRemote, secret: GitRemoteSecret): Promise<string | null> => {
    const sealed = remote.sealed[secret];
    if (sealed === null) return null;
    return (await keyring.open(store, { sealed, identity: gitRemoteSecretIdentity(remote.id, secret) })).toString('utf8');
  };

  const attempt = async (remote: StoredGitRemote, signal: AbortSignal): Promise<void> => {
    const { url, username, branch, direction, organizationId, applicationId } = remote;
    const access = { url, username, password: await open(remote, 'password'), branch };
    if (direction === 'import') {
      const credentialSecret = await open(remote, 'credentialSecret');
      const isNew = await importBranch({ store, captures }, { remote, access, credentialSecret, signal });
      if (isNew) log.info({ gitRemoteId: remote.id }, 'a branch was imported');
      return;
    }
    const repository = { organizationId, applicationId };
    const { commit, pushed } = await pushHistory(store, { repository, remote: access, force: remote.forceRequested, signal });
    await store.transaction((tx) => recordGitSuccess(tx, remote, { commit }));
    if (pushed.length > 0) log.info({ gitRemoteId: remote.id, references: pushed.length }, 'a mirror was pushed to');
  };

  const fail = async (remote: StoredGitRemote, error: unknown): Promise<void> => {
    const failure = explainFailure(error) ?? unforeseen;
    if (failure === unforeseen) log.error({ err: error, gitRemoteId: remote.id }, 'a git remote could not be served');
    // At least half of it: an attempt at once after a failure helps nobody.
    const fullMs = retryDelayMs(remote.attempts + 1, backOff, { random: { fraction: () => 1 } });
    const delayMs = fullMs / 2 + retryDelayMs(remote.attempts + 1, backOff, { random }) / 2;
    const pollMs = remote.pollIntervalSeconds === null ? Number.POSITIVE_INFINITY : remote.pollIntervalSeconds * 1000;
    const nextAttemptAt = new Date(clock.now() + (failure.isContent ? Math.min(delayMs, pollMs) : delayMs));
    const { code, message } = failure;
    const keepsForce = code === 'UNREACHABLE';
    await store.transaction((tx) => recordGitFailure(tx, remote, { code, message: message.slice(0, 2_000), nextAttemptAt, keepsForce }));
    log.warn({ gitRemoteId: remote.id, code, nextAttemptAt }, 'a git remote fails');
  };

  const serve = async (gitRemoteId: string, signal: AbortSignal): Promise<void> => {
    const timeout = new AbortController();
    const cancel = clock.setTimer(SYNC_TIMEOUT_MS, () => timeout.abort(new Error(`took longer than ${SYNC_TIMEOUT_MS} ms`)));
    try {
      await withGitRemoteLock(store, gitRemoteId, async () => {
        // Read under the lock: another worker may have done it just now.
        const remote = await findGitRemote(store, gitRemoteId, new Date(clock.now()));
        if (remote?.isDue !== true) return;
        try {
          await attempt(remote, AbortSignal.any([signal, timeout.signal]));
        } catch (error) {
          // Nothing of this is the remote's fault, and nothing can be written, or need not be.
          if (signal.aborted || error instanceof StoreUnavailableError || isSuperseded(error)) return;
          await fail(remote, error);
        }
      });
    } finally {
      cancel();
    }
  };

  const sync: GitController['sync'] = (gitRemoteId, signal) => {
    const already = running.get(gitRemoteId);
    if (already !== undefined) return already;
    const work = serve(gitRemoteId, signal).finally(() => running.delete(gitRemoteId));
    running.set(gitRemoteId, work);
    return work;
  };

  return {
    sync,
    sweep: async (signal) => {
      if (running.size >= CONCURRENCY) return;
      const due = await dueGitRemotes(store, new Date(clock.now()), CONCURRENCY + running.size);
      for (const id of due.filter((each) => !running.has(each)).slice(0, CONCURRENCY - running.size)) {
        sync(id, signal).catch((error: unknown) => log.warn({ err: error, gitRemoteId: id }, 'a git remote was left for the next sweep'));
      }
    },
    settled: async () => void (await Promise.allSettled(running.values())),
  };
}

/** The remote was changed while we worked: what we have is for settings of before. */
function isSuperseded(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'STATE_CONFLICT';
}
