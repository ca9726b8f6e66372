import type { GitDirection, GitRemote, Page, PageQuery } from '@sluice/contracts';
import { getApplication } from '../applications/applications.ts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import type { Store } from '../base/store.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, stateConflict, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { GIT_REMOTES, type GitRemoteRow, type GitRemoteSecret, type StoredGitRemote, toGitRemote, toStoredGitRemote } from './rows.ts';

/** What people set. */
export type GitRemoteSettings = {
  url: string;
  branch: string;
  path: string;
  username: string | null;
  ignoreCredentials: boolean;
  pollIntervalSeconds: number | null;
  enabled: boolean;
};

export type NewGitRemote = GitRemoteSettings & {
  /** The caller's (`tx.uuid()`): the secrets are sealed to it. */
  id: string;
  applicationId: string;
  direction: GitDirection;
  sealed: Record<GitRemoteSecret, Uint8Array | null>;
};

/** So many for each application: each costs a look at another server. */
const REMOTES_MAX = 20;

function bytes(sealed: Uint8Array | null): Buffer | null {
  return sealed === null ? null : Buffer.from(sealed);
}

/** What the ledger says about a remote: everything but the secrets, and whether it has them. */
function facts(remote: GitRemote) {
  const { direction, url, branch, path, username, hasPassword, hasWebhookSecret, hasCredentialSecret } = remote;
  const { applicationId: application, ignoreCredentials, pollIntervalSeconds, enabled } = remote;
  const secrets = { hasPassword, hasWebhookSecret, hasCredentialSecret };
  return { application, direction, url, branch, path, username, ...secrets, ignoreCredentials, pollIntervalSeconds, enabled };
}

/**
 * One remote, as it is stored.
 * @throws StoreError NOT_FOUND
 */
export async function getStoredGitRemote(
  reader: Reader,
  organizationId: string,
  input: { applicationId: string; gitRemoteId: string; now: Date },
): Promise<StoredGitRemote> {
  const { applicationId, gitRemoteId, now } = input;
  const [row] = await reader.query<GitRemoteRow>(`${GIT_REMOTES} where r.organization_id = $2 and r.application_id = $3 and r.id = $4`, [
    now,
    organizationId,
    applicationId,
    gitRemoteId,
  ]);
  if (row === undefined) throw notFound('git remote', gitRemoteId);
  return toStoredGitRemote(row);
}

/** The remotes of an application, newest first. @throws StoreError NOT_FOUND when the application is not the organization's */
export async function listGitRemotes(
  store: Store,
  organizationId: string,
  query: PageQuery & { applicationId: string },
): Promise<Page<GitRemote>> {
  await getApplication(store, organizationId, query.applicationId);
  const now = new Date(store.clock.now());
  const page = await pageById(query, ({ before, limit }) =>
    store.query<GitRemoteRow>(
      `${GIT_REMOTES} where r.organization_id = $2 and r.application_id = $3 and ($4::uuid is null or r.id < $4) order by r.id desc limit $5`,
      [now, organizationId, query.applicationId, before, limit],
    ),
  );
  return { ...page, items: page.items.map((row) => toGitRemote(toStoredGitRemote(row))) };
}

/**
 * Names a remote of an application; it is due at once.
 * @throws StoreError NOT_FOUND when the application is not the organization's, STATE_CONFLICT when it has too many
 */
export async function createGitRemote(
  tx: Transaction,
  organizationId: string,
  input: NewGitRemote,
  context: ChangeContext,
): Promise<GitRemote> {
  await getApplication(tx, organizationId, input.applicationId);
  const [count] = await tx.query<{ count: number }>('select count(*)::int as count from git_remote where application_id = $1', [
    input.applicationId,
  ]);
  if ((count?.count ?? 0) >= REMOTES_MAX) throw stateConflict(`An application has at most ${REMOTES_MAX} git remotes: delete one first.`);
  await tx.execute(
    `insert into git_remote (id, organization_id, application_id, direction, url, branch, path, username, sealed_password,
                             sealed_webhook_secret, sealed_credential_secret, ignore_credentials, enabled, poll_interval_seconds,
                             created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      input.id,
      organizationId,
      input.applicationId,
      input.direction,
      input.url,
      input.branch,
      input.path,
      input.username,
      bytes(input.sealed.password),
      bytes(input.sealed.webhookSecret),
      bytes(input.sealed.credentialSecret),
      input.ignoreCredentials,
      input.enabled,
      input.pollIntervalSeconds,
      context.actor.name,
      tx.now,
    ],
  );
  return written(tx, organizationId, { ...input, gitRemoteId: input.id }, { context, action: 'git_remote.created' });
}

type Address = { applicationId: string; gitRemoteId: string };
type Written = { context: ChangeContext; action: 'git_remote.created' | 'git_remote.changed'; before?: GitRemote };

async function written(tx: Transaction, organizationId: string, address: Address, how: Written): Promise<GitRemote> {
  const { applicationId, gitRemoteId } = address;
  const remote = toGitRemote(await getStoredGitRemote(tx, organizationId, { applicationId, gitRemoteId, now: tx.now }));
  const { action, before } = how;
  const target = { kind: 'git_remote', id: remote.id, name: remote.url } as const;
  const happening = { action, target, after: facts(remote), ...(before === undefined ? {} : { before: facts(before) }) };
  await tx.record(entryOf(organizationId, how.context, happening));
  await tx.changed(organizationId, 'git_remote', [remote.id]);
  return remote;
}

async function lockGitRemote(tx: Transaction, organizationId: string, address: Address): Promise<StoredGitRemote> {
  const { applicationId, gitRemoteId } = address;
  await tx.query('select 1 from git_remote where organization_id = $1 and id = $2 for no key update', [organizationId, gitRemoteId]);
  return getStoredGitRemote(tx, organizationId, { applicationId, gitRemoteId, now: tx.now });
}

export type GitRemoteChange = Address & {
  /** The version that the change was made from; null when it does not matter. */
  version: number | null;
  /** What the remote becomes; called under its lock. Secrets that are left out stay. @throws StoreError VALIDATION_FAILED */
  change(before: StoredGitRemote): GitRemoteSettings & { sealed: Partial<Record<GitRemoteSecret, Uint8Array | null>> };
};

/**
 * Changes a remote. What failed before counts no longer, and it is tried at once.
 * @throws StoreError NOT_FOUND, VERSION_STALE, and whatever `change` throws
 */
export async function updateGitRemote(
  tx: Transaction,
  organizationId: string,
  input: GitRemoteChange,
  context: ChangeContext,
): Promise<GitRemote> {
  const before = await lockGitRemote(tx, organizationId, input);
  if (input.version !== null && input.version !== before.version) throw versionStale('git remote', before.id, before.version);
  const { sealed, ...settings } = input.change(before);
  const secrets = { ...before.sealed, ...sealed };
  const isElsewhere = settings.url !== before.url || settings.branch !== before.branch || settings.path !== before.path;
  const isReadAnew = isElsewhere || sealed.credentialSecret !== undefined || settings.ignoreCredentials !== before.ignoreCredentials;
  await tx.execute(
    `update git_remote set url = $3, branch = $4, path = $5, username = $6, sealed_password = $7, sealed_webhook_secret = $8,
            sealed_credential_secret = $9, ignore_credentials = $10, enabled = $11, poll_interval_seconds = $12,
            last_commit = case when $13 then null else last_commit end, requested_at = $14, force_requested = false,
            attempts = 0, error_code = null, error_message = null, next_attempt_at = null, version = version + 1
     where organization_id = $1 and id = $2`,
    [
      organizationId,
      before.id,
      settings.url,
      settings.branch,
      settings.path,
      settings.username,
      bytes(secrets.password),
      bytes(secrets.webhookSecret),
      bytes(secrets.credentialSecret),
      settings.ignoreCredentials,
      settings.enabled,
      settings.pollIntervalSeconds,
      isReadAnew,
      tx.now,
    ],
  );
  return written(tx, organizationId, input, { context, action: 'git_remote.changed', before: toGitRemote(before) });
}

/** Forgets a remote; nothing happens to the repository there. @throws StoreError NOT_FOUND */
export async function removeGitRemote(tx: Transaction, organizationId: string, address: Address, context: ChangeContext): Promise<void> {
  const before = toGitRemote(await lockGitRemote(tx, organizationId, address));
  await tx.execute('delete from git_remote where organization_id = $1 and id = $2', [organizationId, before.id]);
  const target = { kind: 'git_remote', id: before.id, name: before.url } as const;
  await tx.record(entryOf(organizationId, context, { action: 'git_remote.removed', target, before: facts(before) }));
  await tx.changed(organizationId, 'git_remote', [before.id]);
}

/**
 * A person wants it done now: a failing remote does not wait for its next attempt.
 * @throws StoreError NOT_FOUND; STATE_CONFLICT when it is disabled; VALIDATION_FAILED for an import with force
 */
export async function requestGitSync(
  tx: Transaction,
  organizationId: string,
  input: Address & { force: boolean },
  context: ChangeContext,
): Promise<GitRemote> {
  const before = await lockGitRemote(tx, organizationId, input);
  if (!before.enabled) throw stateConflict('This git remote is disabled: enable it first.');
  if (input.force && before.direction !== 'mirror') throw new StoreError('VALIDATION_FAILED', 'Only a mirror can be pushed with force.');
  await tx.execute(
    'update git_remote set requested_at = $3, next_attempt_at = null, force_requested = $4 where organization_id = $1 and id = $2',
    [organizationId, before.id, tx.now, input.force],
  );
  const target = { kind: 'git_remote', id: before.id, name: before.url } as const;
  await tx.record(entryOf(organizationId, context, { action: 'git_remote.sync_requested', target, after: { force: input.force } }));
  await tx.changed(organizationId, 'git_remote', [before.id]);
  return toGitRemote(await getStoredGitRemote(tx, organizationId, { ...input, now: tx.now }));
}
