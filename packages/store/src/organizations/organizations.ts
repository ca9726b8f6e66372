import type { Organization, Page, PageQuery, Role, TrustRole } from '@sluice/contracts';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

/**
 * A key of an organization. The id is the caller's (`tx.uuid()`), because the private part is sealed to it.
 * `publicKey`: base64 of 32 bytes; `sealedPrivateKey`: null when it is kept offline.
 */
export type NewSigningKey = { id: string; role: TrustRole; keyId: string; publicKey: string; sealedPrivateKey: Uint8Array | null };

/** `rootDocument`: TUF root.json, its exact text. The id is the caller's, because the keys are made for it. */
export type NewOrganization = { id: string; name: string; rootDocument: string; signingKeys: readonly NewSigningKey[] };

type Row = { id: string; name: string; createdAt: Date };

function toOrganization(row: Row): Organization {
  return { ...row, createdAt: iso(row.createdAt) };
}

/**
 * Makes an organization with its keys and its root of trust.
 * @throws StoreError NAME_TAKEN
 */
export async function createOrganization(tx: Transaction, input: NewOrganization, context: ChangeContext): Promise<Organization> {
  const { id, name, rootDocument, signingKeys } = input;
  await tx.execute('insert into organization (id, name, root_document, created_at) values ($1, $2, $3, $4)', [
    id,
    name,
    rootDocument,
    tx.now,
  ]);
  await tx.execute(
    `insert into signing_key (id, organization_id, role, key_id, public_key, sealed_private_key, created_at)
     select id, $1, role, key_id, public_key, sealed, $2
     from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[]) as key (id, role, key_id, public_key, sealed)`,
    [
      id,
      tx.now,
      signingKeys.map((key) => key.id),
      signingKeys.map((key) => key.role),
      signingKeys.map((key) => key.keyId),
      signingKeys.map((key) => key.publicKey),
      signingKeys.map((key) => (key.sealedPrivateKey === null ? null : Buffer.from(key.sealedPrivateKey))),
    ],
  );
  const keys = signingKeys.map(({ role, keyId, publicKey }) => ({ role, keyId, publicKey }));
  const target = { kind: 'organization', id, name } as const;
  await tx.record(entryOf(id, context, { action: 'organization.created', target, after: { name, keys } }));
  return { id, name, createdAt: iso(tx.now) };
}

/** @throws StoreError NOT_FOUND */
export async function getOrganization(reader: Reader, organizationId: string): Promise<Organization> {
  const [row] = await reader.query<Row>('select id, name, created_at as "createdAt" from organization where id = $1', [organizationId]);
  if (row === undefined) throw notFound('organization', organizationId);
  return toOrganization(row);
}

/** The organizations with the given ids (those of the asker's memberships), newest first. */
export async function listOrganizations(reader: Reader, organizationIds: readonly string[], query: PageQuery): Promise<Page<Organization>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `select id, name, created_at as "createdAt" from organization
       where id = any($1::uuid[]) and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [organizationIds, before, limit],
    ),
  );
  return { ...page, items: page.items.map(toOrganization) };
}

/** How many organizations there are: 0 before the first start has made one. */
export async function countOrganizations(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ count: number }>('select count(*) as count from organization');
  return row?.count ?? 0;
}

/** Makes a person a member. Does nothing when they are one. */
export async function addMember(
  tx: Transaction,
  organizationId: string,
  member: { personId: string; role: Role },
  context: ChangeContext,
): Promise<void> {
  const added = await tx.execute(
    'insert into membership (organization_id, person_id, role, created_at) values ($1, $2, $3, $4) on conflict do nothing',
    [organizationId, member.personId, member.role, tx.now],
  );
  if (added === 0) return;
  const target = { kind: 'person', id: member.personId } as const;
  await tx.record(entryOf(organizationId, context, { action: 'organization.member_added', target, after: { role: member.role } }));
}

/** A signing key as it is stored; `sealedPrivateKey` is null when the key is kept offline. */
export type SigningKey = { id: string; role: TrustRole; keyId: string; publicKey: string; sealedPrivateKey: Buffer | null };

/** All signing keys of the organization, the newest of each role first. */
export function listSigningKeys(reader: Reader, organizationId: string): Promise<SigningKey[]> {
  return reader.query<SigningKey>(
    `select id, role, key_id as "keyId", public_key as "publicKey", sealed_private_key as "sealedPrivateKey"
     from signing_key where organization_id = $1 order by role, id desc`,
    [organizationId],
  );
}

/**
 * The newest key of a role that can sign here.
 * @throws StoreError NOT_FOUND when the organization is unknown or keeps the key offline
 */
export async function getSigningKey(
  reader: Reader,
  organizationId: string,
  role: TrustRole,
): Promise<SigningKey & { sealedPrivateKey: Buffer }> {
  for (const key of await listSigningKeys(reader, organizationId)) {
    if (key.role === role && key.sealedPrivateKey !== null) return { ...key, sealedPrivateKey: key.sealedPrivateKey };
  }
  throw notFound(`${role} key of organization`, organizationId);
}
