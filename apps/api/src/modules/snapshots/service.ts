import { createHmac } from 'node:crypto';
import type { CreateSnapshotRequest, Page, PageQuery, Snapshot, SnapshotContent } from '@sluice/contracts';
import { type Random, sealSecret } from '@sluice/platform';
import { packageBytes } from '@sluice/snapshot';
import { type ChangeContext, createSnapshot, getSnapshotContent, listSnapshots, type Store, type Transaction } from '@sluice/store';
import { commitSnapshot, type FolderCache, type GitTree, type Signature, snapshotTree, treeBytes } from '@sluice/vcs';
import { LRUCache } from 'lru-cache';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';
import { refuseUnstorableText } from '../../http/unsafe-text.ts';
import { type Capture, capture } from './capture.ts';

export type SnapshotsDependencies = { store: Store; random: Random; keys: PurposeKeys };

export type NewSnapshotRequest = { organizationId: string; applicationId: string; key: string | undefined; request: CreateSnapshotRequest };

export type Snapshots = {
  /** @throws SnapshotError; StoreError NOT_FOUND; ApiError VALIDATION_FAILED, IDEMPOTENCY_KEY_REUSED */
  create(input: NewSnapshotRequest, context: ChangeContext): Promise<Snapshot>;
  list(organizationId: string, applicationId: string, page: PageQuery): Promise<Page<Snapshot>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, snapshotId: string): Promise<SnapshotContent>;
};

/** Folders of the history that were laid out lately. */
const foldersBytesMax = 32 * 1024 * 1024;

/** With what the history needs of it, made before the transaction. */
type CaptureWithTree = Capture & { packageJson: Uint8Array; tree: GitTree };

function layOut(captured: Capture, cache: FolderCache): CaptureWithTree {
  const { settings, variables } = captured;
  const packageJson = packageBytes(captured.package);
  const tree = snapshotTree({ flows: captured.flows.nodes, packageJson, lock: captured.lock?.bytes ?? null, settings, variables }, cache);
  return { ...captured, packageJson, tree };
}

/** The author as the history names them. Who has a clone need not know addresses of people, so the id stands for it. */
function authorOf({ actor }: ChangeContext): Signature {
  return { name: actor.name, email: `${actor.id}@${actor.kind}.sluice.invalid` };
}

/** Makes the module of snapshots. */
export function createSnapshots({ store, random, keys }: SnapshotsDependencies): Snapshots {
  const idempotently = createIdempotency({ store, keys });
  // A key of its own for one use: digests of credentials must tell nothing to whoever learns another key.
  const credentialsKey = createHmac('sha256', keys['configuration-salt']).update('snapshot credentials').digest();

  const folders = new LRUCache<string, GitTree>({ maxSize: foldersBytesMax, sizeCalculation: treeBytes });

  const keep = (tx: Transaction, input: NewSnapshotRequest, captured: CaptureWithTree, context: ChangeContext): Promise<Snapshot> => {
    const id = tx.uuid();
    const { credentials, tree } = captured;
    const { organizationId, applicationId } = input;
    const sealed =
      credentials === null ? null : sealSecret(keys['secret-encryption'], JSON.stringify(credentials), `snapshot/${id}`, random);
    const { digest, settings, variables, runtimeVersion, nodeCount, flowCount } = captured;
    const message = input.request.message ?? '';
    return createSnapshot(
      tx,
      organizationId,
      {
        id,
        applicationId,
        message,
        flows: captured.flows.bytes,
        flowsRevision: captured.flows.revision,
        packageJson: JSON.parse(Buffer.from(captured.packageJson).toString('utf8')) as Record<string, unknown>,
        lock: captured.lock?.bytes ?? null,
        sealedCredentials: sealed,
        digest,
        settings,
        variables,
        runtimeVersion,
        nodeCount,
        flowCount,
        commit: (number) =>
          commitSnapshot(tx, { organizationId, applicationId }, { number, digest, message, author: authorOf(context), tree }),
      },
      context,
    );
  };

  return {
    create: async (input, context) => {
      const { organizationId, applicationId, key, request } = input;
      const { message, settings, variables } = request;
      refuseUnstorableText({ message, settings, variables });
      const captured = layOut(capture(request, credentialsKey), folders);
      const repeatable: RepeatableRequest = {
        organizationId,
        actor: context.actor,
        key,
        request: ['createSnapshot', applicationId, request],
      };
      return idempotently(repeatable, (tx) => keep(tx, input, captured, context));
    },
    list: (organizationId, applicationId, page) => listSnapshots(store, organizationId, { ...page, applicationId }),
    get: (organizationId, snapshotId) => getSnapshotContent(store, organizationId, snapshotId),
  };
}
