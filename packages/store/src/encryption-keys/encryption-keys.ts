import type { EncryptionKey, EncryptionKeys } from '@sluice/contracts';
import { systemActor } from '@sluice/ledger';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import type { Keyring } from './keyring.ts';
import { sealedPlaces } from './sealed-places.ts';

type Row = Omit<EncryptionKey, 'createdAt' | 'retiredAt' | 'destroyedAt' | 'secrets'> & {
  createdAt: Date;
  retiredAt: Date | null;
  destroyedAt: Date | null;
};

// Counted by the keys of the organization, each over its index; what has no key is counted by the organization.
const counted = sealedPlaces
  .map(
    ({ table, column, key, organization }) => `
    select t.${key} as id, count(*)::int as secrets from ${table} t
     where t.${key} in (select id from data_key where organization_id = $1) group by t.${key}
    union all
    select null, count(*)::int from ${table} t where t.${key} is null and t.${column} is not null and ${organization} = $1`,
  )
  .join(' union all ');

/**
 * The keys of an organization, newest first, and how many secrets are still to be sealed anew with the active one.
 * @param masterKeyId the master key that all its keys shall be wrapped with; left out: whichever
 */
export async function listEncryptionKeys(reader: Reader, organizationId: string, masterKeyId?: string): Promise<EncryptionKeys> {
  const rows = await reader.query<Row>(
    `select id, number, state, created_by as "createdBy", created_at as "createdAt", retired_at as "retiredAt", destroyed_at as "destroyedAt"
       from data_key where organization_id = $1 order by number desc`,
    [organizationId],
  );
  const counts = await reader.query<{ id: string | null; secrets: number }>(
    `select id, sum(secrets)::int as secrets from (${counted}) c group by id`,
    [organizationId],
  );
  const secretsOf = new Map(counts.map(({ id, secrets }) => [id, secrets]));
  const keys = rows.map((row) => ({
    ...row,
    createdAt: iso(row.createdAt),
    retiredAt: isoOrNull(row.retiredAt),
    destroyedAt: isoOrNull(row.destroyedAt),
    secrets: secretsOf.get(row.id) ?? 0,
  }));
  const secrets = [...secretsOf.values()].reduce((sum, count) => sum + count, 0);
  const active = keys.find(({ state }) => state === 'active')?.secrets ?? 0;
  const isDone =
    secrets === active &&
    keys.every(({ state }) => state !== 'retiring') &&
    !(await isWrappedWithOther(reader, organizationId, masterKeyId));
  return { keys, secrets, remaining: secrets - active, isDone };
}

async function isWrappedWithOther(reader: Reader, organizationId: string, masterKeyId: string | undefined): Promise<boolean> {
  if (masterKeyId === undefined) return false;
  const rows = await reader.query(
    `select 1 from data_key k join data_key_material m on m.data_key_id = k.id where k.organization_id = $1 and m.master_key_id <> $2 limit 1`,
    [organizationId, masterKeyId],
  );
  return rows.length > 0;
}

type Owner = { organizationId: string; keyring: Keyring };

/** Gives an organization a new key to seal with. The worker seals anew what is sealed with older ones, and then destroys those. */
export function addEncryptionKey(tx: Transaction, owner: Owner, context: ChangeContext): Promise<void> {
  return add(tx, owner, { context, ifNone: false });
}

/** Gives an organization its first key, if it has none. */
export function ensureEncryptionKey(tx: Transaction, owner: Owner): Promise<void> {
  return add(tx, owner, { context: { actor: systemActor }, ifNone: true });
}

async function add(
  tx: Transaction,
  { organizationId, keyring }: Owner,
  { context, ifNone }: { context: ChangeContext; ifNone: boolean },
): Promise<void> {
  const made = await keyring.addKey(tx, { organizationId, createdBy: context.actor.name, ifNone });
  if (made === null) return;
  const { id, number } = made;
  const target = { kind: 'encryption_key', id, name: String(number) } as const;
  await tx.record(entryOf(organizationId, context, { action: 'encryption_key.created', target, after: { number } }));
}
