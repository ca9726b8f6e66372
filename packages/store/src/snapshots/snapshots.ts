import type { Page, Snapshot, SnapshotContent, SnapshotQuery, UpdateSnapshotRequest, VariableDeclaration } from '@sluice/contracts';
import type { Selector } from '@sluice/selector';
import { getApplication, takeNumber } from '../applications/applications.ts';
import { pageById } from '../base/paging.ts';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import { iso, only } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { putBlobs } from '../blobs/blobs.ts';
import { notFound, StoreError, versionStale } from '../errors.ts';
import { labelsSql } from '../groups/requirement-sql.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

/**
 * A captured state of an application. The id is the caller's (`tx.uuid()`), because the credentials are sealed to it.
 * `flows` and `lock` are the exact bytes that devices will get; their digests are computed here.
 */
export type NewSnapshot = {
  id: string;
  applicationId: string;
  digest: string;
  message: string;
  flows: Uint8Array;
  flowsRevision: string;
  packageJson: Readonly<Record<string, unknown>>;
  lock: Uint8Array | null;
  settings: Readonly<Record<string, unknown>>;
  variables: readonly VariableDeclaration[];
  sealedCredentials: Uint8Array | null;
  runtimeVersion: string;
  nodeCount: number;
  flowCount: number;
  labels?: Readonly<Record<string, string>>;
  /** The number of the snapshot it was made from; default: the newest one of the application. */
  parent?: number;
  /** Work that needs no database: done while it writes the bytes. */
  meanwhile?: () => void;
  /**
   * Writes the snapshot's commit in the same transaction, once its number is known, and says the commit's oid.
   * Left out: the snapshot has no commit.
   */
  commit?: (number: number) => Promise<string>;
};

type Row = {
  id: string;
  applicationId: string;
  number: number;
  digest: string;
  message: string;
  labels: Record<string, string>;
  parent: number | null;
  version: number;
  createdBy: string;
  createdAt: Date;
  nodeCount: number;
  flowCount: number;
  modules: Record<string, string>;
  variables: VariableDeclaration[];
  runtimeVersion: string;
  hasLock: boolean;
  hasCredentials: boolean;
  commit: string | null;
};

// The runtime itself is a dependency, too, and shown as `runtimeVersion`.
const COLUMNS = `
  s.id, s.application_id as "applicationId", s.number, s.digest, s.message, s.labels, s.parent_number as parent, s.version, s.created_by as "createdBy", s.created_at as "createdAt",
  s.node_count as "nodeCount", s.flow_count as "flowCount", coalesce(s.package_json -> 'dependencies', '{}') - 'node-red' as modules,
  s.variables, s.runtime_version as "runtimeVersion", s.lock_sha256 is not null as "hasLock",
  s.sealed_credentials is not null as "hasCredentials", s.commit_oid as commit`;

function toSnapshot({ commit, ...row }: Row): Snapshot {
  return { ...row, createdAt: iso(row.createdAt), ...(commit === null ? {} : { commit }) };
}

const INSERT_SNAPSHOT = prepared(
  `insert into snapshot as s (id, organization_id, application_id, number, digest, message, flows_sha256, flows_revision, package_json,
                           lock_sha256, settings, variables, sealed_credentials, runtime_version, node_count, flow_count, created_by, created_at, commit_oid, parent_number,
                           labels)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
             coalesce($20, (select max(other.number) from snapshot other where other.application_id = $3)), $21)
     returning ${COLUMNS}`,
);

/** Refuses a parent that is not there. The application's row is locked, so no snapshot comes meanwhile. */
async function requireParent(tx: Transaction, { applicationId, parent }: NewSnapshot): Promise<void> {
  if (parent === undefined) return;
  const found = await tx.query('select from snapshot where application_id = $1 and number = $2', [applicationId, parent]);
  if (found.length > 0) return;
  throw new StoreError('PARENT_UNKNOWN', `The application has no snapshot v${parent}: name the one that this was made from, or none.`);
}

/**
 * Keeps a snapshot under the next number of its application.
 * @throws StoreError NOT_FOUND when the application is not the organization's; PARENT_UNKNOWN
 */
export async function createSnapshot(
  tx: Transaction,
  organizationId: string,
  input: NewSnapshot,
  context: ChangeContext,
): Promise<Snapshot> {
  // Blobs first: whoever waits for the application's row then waits only for what is short.
  const [[flows, lock]] = await Promise.all([
    putBlobs(tx, organizationId, input.lock === null ? [input.flows] : [input.flows, input.lock]),
    // After the statement is on its way, whatever becomes of it.
    Promise.resolve().then(input.meanwhile),
  ]);
  const number = await takeNumber(tx, organizationId, input.applicationId, 'snapshot');
  await requireParent(tx, input);
  const commit = await input.commit?.(number);
  const rows = await tx.query<Row>(INSERT_SNAPSHOT, [
    input.id,
    organizationId,
    input.applicationId,
    number,
    input.digest,
    input.message,
    flows?.sha256,
    input.flowsRevision,
    JSON.stringify(input.packageJson),
    lock?.sha256 ?? null,
    JSON.stringify(input.settings),
    JSON.stringify(input.variables),
    input.sealedCredentials === null ? null : Buffer.from(input.sealedCredentials),
    input.runtimeVersion,
    input.nodeCount,
    input.flowCount,
    context.actor.name,
    tx.now,
    commit ?? null,
    input.parent ?? null,
    JSON.stringify(input.labels ?? {}),
  ]);
  const snapshot = toSnapshot(only(rows));
  const { parent } = snapshot;
  const { digest, applicationId: application, flowsRevision, labels = {} } = input;
  const facts = {
    number,
    digest,
    application,
    flowsRevision,
    parent,
    ...(Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
  };
  const after = commit === undefined ? facts : { ...facts, commit };
  const target = { kind: 'snapshot', id: input.id, name: `v${number}` } as const;
  await tx.record(entryOf(organizationId, context, { action: 'snapshot.created', target, after }));
  await tx.changed(organizationId, 'snapshot', [input.id]);
  return snapshot;
}

/** @throws StoreError NOT_FOUND */
export async function getSnapshot(reader: Reader, organizationId: string, snapshotId: string): Promise<Snapshot> {
  const [row] = await reader.query<Row>(`select ${COLUMNS} from snapshot s where s.organization_id = $1 and s.id = $2`, [
    organizationId,
    snapshotId,
  ]);
  if (row === undefined) throw notFound('snapshot', snapshotId);
  return toSnapshot(row);
}

/**
 * The snapshots of an application, newest first.
 * @throws StoreError NOT_FOUND when the application is not the organization's
 */
export async function listSnapshots(
  reader: Reader,
  organizationId: string,
  query: Omit<SnapshotQuery, 'selector'> & { applicationId: string; selector?: Selector },
): Promise<Page<Snapshot>> {
  await getApplication(reader, organizationId, query.applicationId);
  const parameters: unknown[] = [];
  const next = (value: unknown): string => `$${4 + parameters.push(value)}`;
  const selected = query.selector === undefined ? '' : ` and ${labelsSql('s.labels', query.selector, next)}`;
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `select ${COLUMNS} from snapshot s
       where s.organization_id = $1 and s.application_id = $4 and ($2::uuid is null or s.id < $2)${selected} order by s.id desc limit $3`,
      [organizationId, before, limit, query.applicationId, ...parameters],
    ),
  );
  return { ...page, items: page.items.map(toSnapshot) };
}

/**
 * Gives a snapshot other labels. `version`: the one that the change was made from (`If-Match`), null for any.
 * @throws StoreError NOT_FOUND, VERSION_STALE
 */
export async function updateSnapshot(
  tx: Transaction,
  organizationId: string,
  input: { snapshotId: string; version: number | null; changes: UpdateSnapshotRequest },
  context: ChangeContext,
): Promise<Snapshot> {
  const { snapshotId, changes } = input;
  await tx.query('select 1 from snapshot where organization_id = $1 and id = $2 for no key update', [organizationId, snapshotId]);
  const before = await getSnapshot(tx, organizationId, snapshotId);
  if (input.version !== null && before.version !== input.version) throw versionStale('snapshot', snapshotId, before.version);
  await tx.execute('update snapshot set labels = $2, version = version + 1 where id = $1', [snapshotId, JSON.stringify(changes.labels)]);
  const target = { kind: 'snapshot', id: snapshotId, name: `v${before.number}` } as const;
  const happening = { action: 'snapshot.labelled', target, before: { labels: before.labels }, after: { labels: changes.labels } } as const;
  await tx.record(entryOf(organizationId, context, happening));
  await tx.changed(organizationId, 'snapshot', [snapshotId]);
  return getSnapshot(tx, organizationId, snapshotId);
}

/** The newest snapshot of an application with its settings, without its flows; undefined when it has none. */
export async function findNewestSnapshot(
  reader: Reader,
  organizationId: string,
  applicationId: string,
): Promise<{ snapshot: Snapshot; settings: Record<string, unknown> } | undefined> {
  await getApplication(reader, organizationId, applicationId);
  const [row] = await reader.query<Row & { settings: Record<string, unknown> }>(
    `select ${COLUMNS}, s.settings from snapshot s where s.organization_id = $1 and s.application_id = $2 order by s.number desc limit 1`,
    [organizationId, applicationId],
  );
  if (row === undefined) return undefined;
  const { settings, ...rest } = row;
  return { snapshot: toSnapshot(rest), settings };
}

/** All that publishing needs: the exact bytes, and the credentials as they are sealed. */
export type SnapshotSource = {
  id: string;
  applicationId: string;
  number: number;
  digest: string;
  flows: Buffer;
  flowsRevision: string;
  packageJson: Record<string, unknown>;
  lock: Buffer | null;
  settings: Record<string, unknown>;
  variables: VariableDeclaration[];
  sealedCredentials: Buffer | null;
  runtimeVersion: string;
};

/** @throws StoreError NOT_FOUND */
export async function getSnapshotSource(reader: Reader, organizationId: string, snapshotId: string): Promise<SnapshotSource> {
  const [source] = await reader.query<SnapshotSource>(
    `select s.id, s.application_id as "applicationId", s.number, s.digest, f.content as flows, s.flows_revision as "flowsRevision",
            s.package_json as "packageJson", l.content as lock, s.settings, s.variables,
            s.sealed_credentials as "sealedCredentials", s.runtime_version as "runtimeVersion"
     from snapshot s
     join blob f on f.organization_id = s.organization_id and f.sha256 = s.flows_sha256
     left join blob l on l.organization_id = s.organization_id and l.sha256 = s.lock_sha256
     where s.organization_id = $1 and s.id = $2`,
    [organizationId, snapshotId],
  );
  if (source === undefined) throw notFound('snapshot', snapshotId);
  return source;
}

/**
 * A snapshot with its flows.
 * @throws StoreError NOT_FOUND
 */
export async function getSnapshotContent(reader: Reader, organizationId: string, snapshotId: string): Promise<SnapshotContent> {
  const snapshot = await getSnapshot(reader, organizationId, snapshotId);
  const source = await getSnapshotSource(reader, organizationId, snapshotId);
  const flows: unknown = JSON.parse(source.flows.toString('utf8'));
  return { ...snapshot, flows: Array.isArray(flows) ? flows : [], settings: source.settings };
}
