import type { CreateGitRemoteRequest, GitDirection, GitRemote, Page, PageQuery, UpdateGitRemoteRequest } from '@sluice/contracts';
import {
  type ChangeContext,
  createGitRemote,
  type GitRemoteSecret,
  getStoredGitRemote,
  gitRemoteSecretIdentity,
  gitRemoteSecrets,
  type Keyring,
  listGitRemotes,
  removeGitRemote,
  requestGitSync,
  type Store,
  type Transaction,
  toGitRemote,
  updateGitRemote,
} from '@sluice/store';
import type { GitHints, PurposeKeys } from '../../dependencies.ts';
import { createIdempotency } from '../../http/idempotently.ts';
import { changedGitRemote, newGitRemote } from './settings.ts';

export type GitRemotesDependencies = { store: Store; keyring: Keyring; keys: PurposeKeys; jobs: GitHints };

export type GitRemoteAddress = { organizationId: string; applicationId: string; gitRemoteId: string };
export type NewGitRemoteRequest = {
  organizationId: string;
  applicationId: string;
  key: string | undefined;
  request: CreateGitRemoteRequest;
};
/** `version`: of the remote as the client last read it; null when it does not matter. */
export type GitRemoteUpdate = GitRemoteAddress & { version: number | null; request: UpdateGitRemoteRequest };
export type GitSyncRequest = GitRemoteAddress & { key: string | undefined; force: boolean };

export type GitRemotes = {
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT; ApiError VALIDATION_FAILED, IDEMPOTENCY_KEY_REUSED */
  create(input: NewGitRemoteRequest, context: ChangeContext): Promise<GitRemote>;
  list(organizationId: string, applicationId: string, page: PageQuery): Promise<Page<GitRemote>>;
  /** @throws StoreError NOT_FOUND */
  get(address: GitRemoteAddress): Promise<GitRemote>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE; ApiError VALIDATION_FAILED */
  update(input: GitRemoteUpdate, context: ChangeContext): Promise<GitRemote>;
  /** @throws StoreError NOT_FOUND */
  remove(address: GitRemoteAddress, context: ChangeContext): Promise<void>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT, VALIDATION_FAILED; ApiError IDEMPOTENCY_KEY_REUSED */
  sync(input: GitSyncRequest, context: ChangeContext): Promise<GitRemote>;
};

/** The hint that fits a remote's direction. */
export function hintFor(jobs: GitHints, remote: { id: string; direction: GitDirection }): () => Promise<void> {
  return () => (remote.direction === 'mirror' ? jobs.pushToMirror(remote.id) : jobs.importFromRemote(remote.id));
}

/** Makes the module of git remotes. Pushing and importing is the worker's; this module says what shall be pushed and imported. */
export function createGitRemotes({ store, keyring, keys, jobs }: GitRemotesDependencies): GitRemotes {
  const idempotently = createIdempotency({ store, keys });

  const sealerFor = async (tx: Transaction, organizationId: string) => {
    const seal = await keyring.sealer(tx, organizationId);
    return (id: string, secret: GitRemoteSecret, value: string | null): Uint8Array | null =>
      value === null ? null : seal(value, gitRemoteSecretIdentity(id, secret));
  };

  return {
    create: ({ organizationId, applicationId, key, request }, context) => {
      const { secrets, ...settings } = newGitRemote(request);
      const repeatable = { organizationId, actor: context.actor, key, request: ['createGitRemote', applicationId, request] };
      return idempotently(repeatable, async (tx) => {
        const id = tx.uuid();
        const seal = await sealerFor(tx, organizationId);
        const sealed = {
          password: seal(id, 'password', secrets.password ?? null),
          webhookSecret: seal(id, 'webhookSecret', secrets.webhookSecret ?? null),
          credentialSecret: seal(id, 'credentialSecret', secrets.credentialSecret ?? null),
        };
        const input = { ...settings, id, applicationId, direction: request.direction, sealed };
        const remote = await createGitRemote(tx, organizationId, input, context);
        tx.afterCommit(hintFor(jobs, remote));
        return remote;
      });
    },
    list: (organizationId, applicationId, page) => listGitRemotes(store, organizationId, { ...page, applicationId }),
    get: async ({ organizationId, ...address }) =>
      toGitRemote(await getStoredGitRemote(store, organizationId, { ...address, now: new Date(store.clock.now()) })),
    update: ({ organizationId, request, ...address }, context) =>
      store.transaction(async (tx) => {
        const seal = await sealerFor(tx, organizationId);
        const change: Parameters<typeof updateGitRemote>[2]['change'] = (before) => {
          const { secrets, ...settings } = changedGitRemote(before, request);
          const given = gitRemoteSecrets.flatMap((name) => {
            const value = secrets[name];
            return value === undefined ? [] : [[name, seal(before.id, name, value)] as const];
          });
          return { ...settings, sealed: Object.fromEntries(given) };
        };
        const remote = await updateGitRemote(tx, organizationId, { ...address, change }, context);
        tx.afterCommit(hintFor(jobs, remote));
        return remote;
      }),
    remove: ({ organizationId, ...address }, context) => store.transaction((tx) => removeGitRemote(tx, organizationId, address, context)),
    sync: ({ organizationId, key, force, ...address }, context) => {
      const repeatable = { organizationId, actor: context.actor, key, request: ['syncGitRemote', address, force] };
      return idempotently(repeatable, async (tx) => {
        const remote = await requestGitSync(tx, organizationId, { ...address, force }, context);
        tx.afterCommit(hintFor(jobs, remote));
        return remote;
      });
    },
  };
}
