import type { CreateSnapshotRequest, Snapshot } from '@sluice/contracts';
import { findUnstorableText } from '@sluice/platform';
import { packageBytes } from '@sluice/snapshot';
import { type ChangeContext, createSnapshot, type Keyring, mirrorsOfApplication, type Transaction } from '@sluice/store';
import { commitSnapshot, type GitTree, type Signature, snapshotTree, treeBytes } from '@sluice/vcs';
import { LRUCache } from 'lru-cache';
import { CaptureError } from './capture-error.ts';
import { credentialsKeyOf, sealedCredentialsIdentity } from './credentials-facts.ts';
import { type Declarations, type ReadRequest, readRequest } from './read-request.ts';

/** Tells the worker that a mirror is behind the history. A lost hint is repaired by the worker's sweep. */
export type MirrorHints = { pushToMirror(gitRemoteId: string): Promise<void> };

export type CapturesDependencies = {
  /** Seals the credentials to their snapshot. */
  keyring: Pick<Keyring, 'sealer'>;
  /** The key of purpose `configuration-salt`: what keys the digests of credentials is derived from it. */
  saltKey: Uint8Array;
  /** Who is told that mirrors are behind now; left out: the worker's sweep finds out. */
  jobs?: MirrorHints;
};

/** Everything of a snapshot, read and checked before its transaction. */
export type PreparedSnapshot = ReadRequest &
  Pick<CreateSnapshotRequest, 'labels' | 'parent'> & {
    message: string;
    packageJson: Uint8Array;
    /** Its commit's files; laid out when first asked for. */
    layOut: () => GitTree;
  };

export type SnapshotTarget = { organizationId: string; applicationId: string };

export type Captures = {
  /**
   * Reads and checks a request, for whoever wants to know what would become of it.
   * @param before what it goes on with where it brings no settings and no variables of its own
   * @throws SnapshotError; CaptureError when settings, variables or texts cannot be part of a snapshot
   */
  read(request: CreateSnapshotRequest, before?: Declarations): ReadRequest;
  /** Does everything that needs no transaction. @throws as `read` does */
  prepare(request: CreateSnapshotRequest, before?: Declarations): PreparedSnapshot;
  /**
   * Writes the next snapshot of an application: row, commit, ledger entry, change event.
   * @throws StoreError NOT_FOUND when the application is not the organization's
   */
  keep(tx: Transaction, target: SnapshotTarget, prepared: PreparedSnapshot, context: ChangeContext): Promise<Snapshot>;
};

/** Folders of the history that were laid out lately. */
const foldersBytesMax = 32 * 1024 * 1024;

/** The author as the history names them. Who has a clone need not know addresses of people, so the id stands for it. */
function authorOf({ actor }: ChangeContext): Signature {
  return { name: actor.name, email: `${actor.id}@${actor.kind}.sluice.invalid` };
}

/** Texts that Postgres cannot hold are told as what they are, instead of failing deep inside. Flows are bytes and may hold any. */
function refuseUnstorableText({ message, settings, variables }: CreateSnapshotRequest): void {
  const found = findUnstorableText({ message, settings, variables });
  if (found === undefined) return;
  throw new CaptureError('A text of the request cannot be stored: see errors.', [found]);
}

/** Makes the maker of snapshots. It remembers laid-out folders, so keep one for the life of the process. */
export function createCaptures({ keyring, saltKey, jobs }: CapturesDependencies): Captures {
  const credentialsKey = credentialsKeyOf(saltKey);
  const folders = new LRUCache<string, GitTree>({ maxSize: foldersBytesMax, sizeCalculation: treeBytes });

  const readChecked: Captures['read'] = (request, before) => {
    refuseUnstorableText(request);
    return readRequest(request, credentialsKey, before);
  };

  const prepare: Captures['prepare'] = (request, before) => {
    const read = readChecked(request, before);
    const { settings, variables } = read;
    const packageJson = packageBytes(read.package);
    const files = { flows: read.flows.nodes, packageJson, lock: read.lock?.bytes ?? null, settings, variables };
    let tree: GitTree | undefined;
    const layOut = (): GitTree => {
      tree ??= snapshotTree(files, folders);
      return tree;
    };
    const { message = '', labels, parent } = request;
    return {
      ...read,
      message,
      packageJson,
      layOut,
      ...(labels === undefined ? {} : { labels }),
      ...(parent === undefined ? {} : { parent }),
    };
  };

  const keep: Captures['keep'] = async (tx, { organizationId, applicationId }, prepared, context) => {
    const id = tx.uuid();
    const { credentials, layOut, digest, message, settings, variables, runtimeVersion, nodeCount, flowCount } = prepared;
    const seal = credentials === null ? null : await keyring.sealer(tx, organizationId);
    const sealed = seal === null ? null : seal(JSON.stringify(credentials), sealedCredentialsIdentity(id));
    const snapshot = await createSnapshot(
      tx,
      organizationId,
      {
        id,
        applicationId,
        message,
        flows: prepared.flows.bytes,
        flowsRevision: prepared.flows.revision,
        packageJson: JSON.parse(Buffer.from(prepared.packageJson).toString('utf8')) as Record<string, unknown>,
        lock: prepared.lock?.bytes ?? null,
        sealedCredentials: sealed,
        digest,
        settings,
        variables,
        runtimeVersion,
        nodeCount,
        flowCount,
        ...(prepared.labels === undefined ? {} : { labels: prepared.labels }),
        ...(prepared.parent === undefined ? {} : { parent: prepared.parent }),
        meanwhile: () => void layOut(),
        commit: (number) =>
          commitSnapshot(tx, { organizationId, applicationId }, { number, digest, message, author: authorOf(context), tree: layOut() }),
      },
      context,
    );
    if (jobs !== undefined) {
      for (const id of await mirrorsOfApplication(tx, applicationId)) tx.afterCommit(() => jobs.pushToMirror(id));
    }
    return snapshot;
  };
  return { read: readChecked, prepare, keep };
}
