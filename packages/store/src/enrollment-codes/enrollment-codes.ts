import type { EnrollmentCode, Page, PageQuery } from '@sluice/contracts';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull, only } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { requireStaticGroup } from '../groups/group-members.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

/** `codeHash`: SHA-256 of the code, hexadecimal. Devices use codes through `enrollDevice` of the device protocol. */
export type NewEnrollmentCode = {
  name: string;
  codeHash: string;
  expiresAt: Date;
  maximumUses: number;
  automaticApproval: boolean;
  groupId: string | null;
  labels: Readonly<Record<string, string>>;
};

type Row = Omit<EnrollmentCode, 'createdAt' | 'expiresAt' | 'revokedAt'> & { createdAt: Date; expiresAt: Date; revokedAt: Date | null };

const COLUMNS = `id, name, created_at as "createdAt", expires_at as "expiresAt", maximum_uses as "maximumUses", uses,
  automatic_approval as "automaticApproval", group_id as "groupId", labels, revoked_at as "revokedAt"`;

function toCode(row: Row): EnrollmentCode {
  return { ...row, createdAt: iso(row.createdAt), expiresAt: iso(row.expiresAt), revokedAt: isoOrNull(row.revokedAt) };
}

/** @throws StoreError NOT_FOUND when the group is not the organization's, STATE_CONFLICT when it is dynamic */
export async function createEnrollmentCode(
  tx: Transaction,
  organizationId: string,
  input: NewEnrollmentCode,
  context: ChangeContext,
): Promise<EnrollmentCode> {
  const id = tx.uuid();
  const { name, codeHash, expiresAt, maximumUses, automaticApproval, groupId, labels } = input;
  if (groupId !== null) await requireStaticGroup(tx, organizationId, groupId, 'a code cannot put devices into it');
  const rows = await tx.query<Row>(
    `insert into enrollment_code (id, organization_id, name, code_hash, expires_at, maximum_uses, automatic_approval, group_id, labels,
                                  created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning ${COLUMNS}`,
    [
      id,
      organizationId,
      name,
      codeHash,
      expiresAt,
      maximumUses,
      automaticApproval,
      groupId,
      JSON.stringify(labels),
      context.actor.name,
      tx.now,
    ],
  );
  const after = { name, expiresAt: iso(expiresAt), maximumUses, automaticApproval, groupId, labels };
  const target = { kind: 'enrollment_code', id, name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'enrollment_code.created', target, after }));
  await tx.changed(organizationId, 'enrollment_code', [id]);
  return toCode(only(rows));
}

/** Newest first. */
export async function listEnrollmentCodes(reader: Reader, organizationId: string, query: PageQuery): Promise<Page<EnrollmentCode>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `select ${COLUMNS} from enrollment_code where organization_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [organizationId, before, limit],
    ),
  );
  return { ...page, items: page.items.map(toCode) };
}

/**
 * Revokes a code; revoking it again does nothing. Devices that enrolled with it stay.
 * @throws StoreError NOT_FOUND
 */
export async function revokeEnrollmentCode(tx: Transaction, organizationId: string, codeId: string, context: ChangeContext): Promise<void> {
  const [code] = await tx.query<Row>(`select ${COLUMNS} from enrollment_code where organization_id = $1 and id = $2 for no key update`, [
    organizationId,
    codeId,
  ]);
  if (code === undefined) throw notFound('enrollment code', codeId);
  if (code.revokedAt !== null) return;
  await tx.execute('update enrollment_code set revoked_at = $2 where id = $1', [codeId, tx.now]);
  const target = { kind: 'enrollment_code', id: codeId, name: code.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'enrollment_code.revoked', target, after: { uses: code.uses } }));
  await tx.changed(organizationId, 'enrollment_code', [codeId]);
}
