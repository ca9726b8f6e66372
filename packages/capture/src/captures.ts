import { createHmac } from 'node:crypto';
import type { CreateSnapshotRequest, Snapshot } from '@sluice/contracts';
import { findUnstorableText, type Random, sealSecret } from '@sluice/platform';
import { packageBytes } from '@sluice/snapshot';
import { type ChangeContext, createSnapshot, type Transaction } from '@sluice/store';
import { commitSnapshot, type GitTree, type Signature, snapshotTree, treeBytes } from '@sluice/vcs';
import { LRUCache } from 'lru-cache';
import { CaptureError } from './capture-error.ts';
import { type ReadRequest, readRequest } from './read-request.ts';

export type CapturesDependencies = {
  random: Random;
  /** The key of purpose `secret-encryption`: seals the credentials to their snapshot. */
  secretKey: Uint8Array;
  /** The key of purpose `configuration-salt`: what keys the digests of credentials is derived from it. */
  saltKey: Uint8Array;
};

/** Everything of a snapshot, read, checked and laid out as its commit's files, before its transaction. */
export type PreparedSnapshot = ReadRequest &
  Pick<CreateSnapshotRequest, 'labels' | 'parent'> & { message: string; packageJson: Uint8Array; tree: GitTree };

export type SnapshotTarget = { organizationId: string; applicationId: string };

export type Captures = {
  /**
   * Does everything that needs no transaction.
   * @throws SnapshotError; CaptureError when settings, variables or texts cannot be part of a snapshot
   */
  prepare(request: CreateSnapshotRequest): PreparedSnapshot;
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
export function createCaptures({ random, secretKey, saltKey }: CapturesDependencies): Captures {
  // A key of its own for one use: digests of credentials must tell nothing to whoever learns another key.
  const credentialsKey = createHmac('sha256', saltKey).update('snapshot credentials').digest();
  const folders = new LRUCache<string, GitTree>({ maxSize: foldersBytesMax, sizeCalculation: treeBytes });

  const prepare: Captures['prepare'] = (request) => {
    refuseUnstorableText(request);
    const read = readRequest(request, credentialsKey);
    const { settings, variables } = read;
    const packageJson = packageBytes(read.package);
    const tree = snapshotTree({ flows: read.flows.nodes, packageJson, lock: read.lock?.bytes ?? null, settings, variables }, folders);
    const { message = '', labels, parent } = request;
    return {
      ...read,
      message,
      packageJson,
      tree,
      ...(labels === undefined ? {} : { labels }),
      ...(parent === undefined ? {} : { parent }),
    };
  };

  const keep: Captures['keep'] = (tx, { organizationId, applicationId }, prepared, context) => {
    const id = tx.uuid();
    const { credentials, tree, digest, message, settings, variables, runtimeVersion, nodeCount, flowCount } = prepared;
    const sealed = credentials === null ? null : sealSecret(secretKey, JSON.stringify(credentials), `snapshot/${id}`, random);
    return createSnapshot(
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
        commit: (number) =>
          commitSnapshot(tx, { organizationId, applicationId }, { number, digest, message, author: authorOf(context), tree }),
      },
      context,
    );
  };
  return { prepare, keep };
}
