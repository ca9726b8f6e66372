import type { CreateWaiverRequest, Page, PageQuery, PolicyRuleName, PolicyWaiver } from '@sluice/contracts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

type Row = {
  id: string;
  rule: PolicyRuleName;
  subject: string | null;
  applicationId: string | null;
  snapshotId: string | null;
  stageId: string | null;
  reason: string;
  by: string;
  at: Date;
  expiresAt: Date | null;
  revokedBy: string | null;
  revokedAt: Date | null;
  revokedReason: string | null;
};

const COLUMNS = `id, rule, subject, application_id as "applicationId", snapshot_id as "snapshotId", stage_id as "stageId", reason,
  created_by as by, created_at as at, expires_at as "expiresAt", revoked_by as "revokedBy", revoked_at as "revokedAt",
  revoked_reason as "revokedReason"`;

function toWaiver(row: Row, now: Date): PolicyWaiver {
  const isExpired = row.expiresAt !== null && row.expiresAt <= now;
  return {
    ...row,
    state: row.revokedAt !== null ? 'revoked' : isExpired ? 'expired' : 'active',
    at: iso(row.at),
    expiresAt: isoOrNull(row.expiresAt),
    revokedAt: isoOrNull(row.revokedAt),
  };
}

/** @throws StoreError NOT_FOUND when what it is for is not the organization's, or not of that application */
async function requireScope(tx: Transaction, organizationId: string, scope: CreateWaiverRequest): Promise<void> {
  const { applicationId = null, snapshotId = null, stageId = null } = scope;
  const one = async (id: string | null, what: string, text: string): Promise<void> => {
    if (id !== null && (await tx.query(text, [organizationId, id, applicationId])).length === 0) throw notFound(what, id);
  };
  await one(applicationId, 'application', 'select 1 from application where organization_id = $1 and id = $2 and id = $3');
  await one(
    snapshotId,
    'snapshot',
    'select 1 from snapshot where organization_id = $1 and id = $2 and ($3::uuid is null or application_id = $3)',
  );
  await one(
    stageId,
    'stage',
    `select 1 from stage s join pipeline p on p.id = s.pipeline_id
     where s.organization_id = $1 and s.id = $2 and s.deleted_at is null and ($3::uuid is null or p.application_id = $3)`,
  );
}

/**
 * Writes a waiver down. The caller has checked that it says why, and ends later than now.
 * @throws StoreError NOT_FOUND
 */
export async function createWaiver(
  tx: Transaction,
  organizationId: string,
  input: CreateWaiverRequest,
  context: ChangeContext,
): Promise<PolicyWaiver> {
  await requireScope(tx, organizationId, input);
  const { rule, subject = null, reason, expiresAt = null, applicationId = null, snapshotId = null, stageId = null } = input;
  const id = tx.uuid();
  await tx.execute(
    `insert into waiver (id, organization_id, rule, subject, application_id, snapshot_id, stage_id, reason, created_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [id, organizationId, rule, subject, applicationId, snapshotId, stageId, reason, context.actor.name, tx.now, expiresAt],
  );
  const after = { rule, subject, expiresAt, application: applicationId, snapshot: snapshotId, stage: stageId };
  const target = { kind: 'waiver', id, name: rule } as const;
  await tx.record(entryOf(organizationId, { ...context, reason }, { action: 'waiver.created', target, after }));
  await tx.changed(organizationId, 'waiver', [id]);
  return getWaiver(tx, organizationId, { waiverId: id, now: tx.now });
}

/** @throws StoreError NOT_FOUND */
export async function getWaiver(
  reader: Reader,
  organizationId: string,
  { waiverId, now }: { waiverId: string; now: Date },
): Promise<PolicyWaiver> {
  const [row] = await reader.query<Row>(`select ${COLUMNS} from waiver where organization_id = $1 and id = $2`, [organizationId, waiverId]);
  if (row === undefined) throw notFound('waiver', waiverId);
  return toWaiver(row, now);
}

export type WaiverQuery = PageQuery & { rule?: PolicyRuleName; applicationId?: string; snapshotId?: string; active?: boolean };

/** Newest first. With an application or a snapshot: those that are for exactly that. `active`: neither revoked nor expired at `now`. */
export async function listWaivers(
  reader: Reader,
  organizationId: string,
  { now, ...query }: WaiverQuery & { now: Date },
): Promise<Page<PolicyWaiver>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `select ${COLUMNS} from waiver
       where organization_id = $1 and ($2::uuid is null or id < $2) and ($4::text is null or rule = $4)
         and ($5::uuid is null or application_id = $5) and ($6::uuid is null or snapshot_id = $6)
         and ($7::boolean is null or $7 = (revoked_at is null and (expires_at is null or expires_at > $8)))
       order by id desc limit $3`,
      [organizationId, before, limit, query.rule ?? null, query.applicationId ?? null, query.snapshotId ?? null, query.active ?? null, now],
    ),
  );
  return { ...page, items: page.items.map((row) => toWaiver(row, now)) };
}

/** What is checked; `stageId` null: before any stage. */
export type WaiverScope = { applicationId: string; snapshotId: string; stageId: string | null; now: Date };

/** The waivers that count for a check, the narrowest first, and of those the newest. */
export async function waiversFor(reader: Reader, organizationId: string, scope: WaiverScope): Promise<PolicyWaiver[]> {
  const rows = await reader.query<Row>(
    `select ${COLUMNS} from waiver
     where organization_id = $1 and revoked_at is null and (expires_at is null or expires_at > $5)
       and (application_id is null or application_id = $2) and (snapshot_id is null or snapshot_id = $3)
       and (stage_id is null or stage_id = $4)
     order by snapshot_id is null, stage_id is null, application_id is null, id desc`,
    [organizationId, scope.applicationId, scope.snapshotId, scope.stageId, scope.now],
  );
  return rows.map((row) => toWaiver(row, scope.now));
}

/**
 * Ends a waiver; ending it again changes nothing. What was published with it stays published.
 * @throws StoreError NOT_FOUND
 */
export async function revokeWaiver(
  tx: Transaction,
  organizationId: string,
  waiverId: string,
  context: ChangeContext,
): Promise<PolicyWaiver> {
  await tx.query('select 1 from waiver where organization_id = $1 and id = $2 for no key update', [organizationId, waiverId]);
  const before = await getWaiver(tx, organizationId, { waiverId, now: tx.now });
  if (before.revokedAt !== null) return before;
  await tx.execute('update waiver set revoked_by = $2, revoked_at = $3, revoked_reason = $4 where id = $1', [
    waiverId,
    context.actor.name,
    tx.now,
    context.reason ?? null,
  ]);
  const target = { kind: 'waiver', id: waiverId, name: before.rule } as const;
  await tx.record(
    entryOf(organizationId, context, { action: 'waiver.revoked', target, before: { rule: before.rule, subject: before.subject } }),
  );
  await tx.changed(organizationId, 'waiver', [waiverId]);
  return getWaiver(tx, organizationId, { waiverId, now: tx.now });
}
