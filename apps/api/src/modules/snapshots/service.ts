import { createCaptures, type Declarations, type MirrorHints } from '@sluice/capture';
import type {
  CreateSnapshotRequest,
  OrganizationSealingKey,
  Page,
  Snapshot,
  SnapshotContent,
  SnapshotQuery,
  UpdateSnapshotRequest,
} from '@sluice/contracts';
import {
  type ChangeContext,
  findNewestSnapshot,
  getSnapshotContent,
  type Keyring,
  listSnapshots,
  type Store,
  updateSnapshot,
} from '@sluice/store';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';
import { readLabelSelector } from '../../http/read-selector.ts';
import { createCredentialsIntake } from './sealed-credentials.ts';

export type SnapshotsDependencies = { store: Store; keyring: Keyring; keys: PurposeKeys; jobs: MirrorHints };

export type NewSnapshotRequest = { organizationId: string; applicationId: string; key: string | undefined; request: CreateSnapshotRequest };

export type SnapshotChange = { organizationId: string; snapshotId: string; version: number | null; changes: UpdateSnapshotRequest };

export type Snapshots = {
  /** @throws SnapshotError; StoreError NOT_FOUND; CaptureError; ApiError IDEMPOTENCY_KEY_REUSED */
  create(input: NewSnapshotRequest, context: ChangeContext): Promise<Snapshot>;
  list(organizationId: string, applicationId: string, query: SnapshotQuery): Promise<Page<Snapshot>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, snapshotId: string): Promise<SnapshotContent>;
  /** Gives it other labels. @throws StoreError NOT_FOUND, VERSION_STALE */
  update(input: SnapshotChange, context: ChangeContext): Promise<Snapshot>;
  /** To what credentials are sealed before they come here. */
  sealingKey(organizationId: string): OrganizationSealingKey;
};

/** Makes the module of snapshots. */
export function createSnapshots({ store, keyring, keys, jobs }: SnapshotsDependencies): Snapshots {
  const idempotently = createIdempotency({ store, keys });
  const captures = createCaptures({ keyring, saltKey: keys['configuration-salt'], jobs });
  const intake = createCredentialsIntake(keys['credentials-intake']);

  const declarationsOf = async (organizationId: string, applicationId: string): Promise<Declarations | undefined> => {
    const newest = await findNewestSnapshot(store, organizationId, applicationId);
    return newest && { settings: newest.settings, variables: newest.snapshot.variables };
  };

  return {
    create: async (input, context) => {
      const { organizationId, applicationId, key, request } = input;
      const before = request.keepDeclarations === true ? await declarationsOf(organizationId, applicationId) : undefined;
      const prepared = captures.prepare(intake.opened({ organizationId, applicationId }, request), before);
      const repeatable: RepeatableRequest = {
        organizationId,
        actor: context.actor,
        key,
        request: ['createSnapshot', applicationId, request],
      };
      return idempotently(repeatable, (tx) => captures.keep(tx, { organizationId, applicationId }, prepared, context));
    },
    list: async (organizationId, applicationId, { selector, ...page }) => {
      const selected = selector === undefined ? {} : { selector: readLabelSelector(selector, '/selector') };
      return listSnapshots(store, organizationId, { ...page, ...selected, applicationId });
    },
    get: (organizationId, snapshotId) => getSnapshotContent(store, organizationId, snapshotId),
    update: ({ organizationId, ...change }, context) => store.transaction((tx) => updateSnapshot(tx, organizationId, change, context)),
    sealingKey: intake.sealingKey,
  };
}
