import type { ApiToken, Page, PageQuery, Role } from '@sluice/contracts';
import type { LedgerActor } from '@sluice/ledger';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull, only } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

type Row = {
  id: string;
  name: string;
  role: Role;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
};

const COLUMNS = `id, name, role, created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

function toApiToken(row: Row): ApiToken {
  return {
    ...row,
    createdAt: iso(row.createdAt),
    expiresAt: isoOrNull(row.expiresAt),
    lastUsedAt: isoOrNull(row.lastUsedAt),
    revokedAt: isoOrNull(row.revokedAt),
  };
}

/** The person who acts: also through a token that he or she made. Null: nobody is known. */
async function personBehind(reader: Reader, actor: LedgerActor): Promise<string | null> {
  if (actor.kind === 'person') return actor.id;
  if (actor.kind !== 'token') return null;
  const [token] = await reader.query<{ creatorId: string | null }>('select creator_id as "creatorId" from api_token where id = $1', [
    actor.id,
  ]);
  return token?.creatorId ?? null;
}

/**
 * Whose work it is that an actor creates: where the creator may not approve, a token must be no way around that
 * (21 CFR 11.10(g), invariant 32).
 */
export async function creatorIdOf(reader: Reader, actor: LedgerActor): Promise<string> {
  return (await personBehind(reader, actor)) ?? actor.id;
}

/** Makes the row of an API token; its id is the token's `jti`. */
export async function createApiToken(
  tx: Transaction,
  organizationId: string,
  input: { name: string; role: Role; expiresAt: Date | null },
  context: ChangeContext,
): Promise<ApiToken> {
  const id = tx.uuid();
  const rows = await tx.query<Row>(
    `insert into api_token (id, organization_id, name, role, created_at, created_by, creator_id, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${COLUMNS}`,
    [id, organizationId, input.name, input.role, tx.now, context.actor.name, await personBehind(tx, context.actor), input.expiresAt],
  );
  const after = { name: input.name, role: input.role, expiresAt: isoOrNull(input.expiresAt) };
  const target = { kind: 'token', id, name: input.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'token.created', target, after }));
  await tx.changed(organizationId, 'api_token', [id]);
  return toApiToken(only(rows));
}

export async function listApiTokens(reader: Reader, organizationId: string, query: PageQuery): Promise<Page<ApiToken>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `select ${COLUMNS} from api_token where organization_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [organizationId, before, limit],
    ),
  );
  return { ...page, items: page.items.map(toApiToken) };
}

/** An API token with its organization, whether it still counts or not. */
export type ApiTokenIdentity = {
  id: string;
  organizationId: string;
  organizationName: string;
  name: string;
  role: Role;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
};

/** The token with this `jti`; undefined when there is none. */
export async function findApiToken(reader: Reader, tokenId: string): Promise<ApiTokenIdentity | undefined> {
  const [row] = await reader.query<ApiTokenIdentity>(
    `select t.id, t.organization_id as "organizationId", o.name as "organizationName", t.name, t.role,
            t.expires_at as "expiresAt", t.revoked_at as "revokedAt", t.last_used_at as "lastUsedAt"
     from api_token t join organization o on o.id = t.organization_id where t.id = $1`,
    [tokenId],
  );
  return row;
}

const USE_WRITTEN_AFTER_MS = 60_000;

/** Notes that a token was used, at most once a minute. */
export async function touchApiToken(reader: Reader, token: Pick<ApiTokenIdentity, 'id' | 'lastUsedAt'>, now: Date): Promise<void> {
  if (token.lastUsedAt !== null && now.getTime() - token.lastUsedAt.getTime() < USE_WRITTEN_AFTER_MS) return;
  await reader.query('update api_token set last_used_at = greatest(last_used_at, $2) where id = $1', [token.id, now]);
}

/**
 * Revokes a token; revoking it again does nothing.
 * @throws StoreError NOT_FOUND
 */
export async function revokeApiToken(tx: Transaction, organizationId: string, tokenId: string, context: ChangeContext): Promise<void> {
  const [token] = await tx.query<Row>(`select ${COLUMNS} from api_token where organization_id = $1 and id = $2 for no key update`, [
    organizationId,
    tokenId,
  ]);
  if (token === undefined) throw notFound('API token', tokenId);
  if (token.revokedAt !== null) return;
  await tx.execute('update api_token set revoked_at = $2 where id = $1', [tokenId, tx.now]);
  const target = { kind: 'token', id: tokenId, name: token.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'token.revoked', target }));
  await tx.changed(organizationId, 'api_token', [tokenId]);
}
