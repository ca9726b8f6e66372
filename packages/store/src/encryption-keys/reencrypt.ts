import { systemActor } from '@sluice/ledger';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import type { Keyring } from './keyring.ts';
import { type SealedPlace, sealedPlaces } from './sealed-places.ts';

/** Whether the worker has something to do with keys: nothing of it is urgent, everything stays readable until it is done. */
export async function isEncryptionDue(reader: Reader, masterKeyId: string): Promise<boolean> {
  const rows = await reader.query<{ due: boolean }>(
    `select exists (select from data_key where state = 'retiring') or exists (select from data_key_material where master_key_id <> $1)
         or exists (select from organization o where not exists (
              select from data_key k where k.organization_id = o.id and k.state = 'active')) as due`,
    [masterKeyId],
  );
  return rows[0]?.due === true;
}

/** Organizations that have no key of their own yet. */
export async function listOrganizationsWithoutKey(reader: Reader): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    `select id from organization o where not exists (select from data_key k where k.organization_id = o.id and k.state = 'active') order by id`,
  );
  return rows.map(({ id }) => id);
}

/** What a batch did. `failed`: places of rows that do not open; give them to the next batch, which leaves them out. */
export type ReencryptedBatch = { count: number; failed: { at: string; identity: string; error: unknown }[] };

type Row = { at: string; organizationId: string; identity: string; sealed: Buffer };

/**
 * Seals some of what lies at a place anew: what is sealed with a retiring key, or with none. A row is locked, opened, sealed with the active key
 * and written in this transaction: whoever reads sees the old bytes or the new ones, and opens both.
 */
export async function reencryptBatch(
  tx: Transaction,
  keyring: Keyring,
  place: SealedPlace,
  { limit, without = [] }: { limit: number; without?: readonly string[] },
): Promise<ReencryptedBatch> {
  const { table, column, key, identity, organization } = place;
  const rows = await tx.query<Row>(
    `SELECT t.ctid::text AS at, ${organization} AS "organizationId", ${identity} AS identity, t.${column} AS sealed
       FROM ${table} t
      WHERE t.${column} IS NOT NULL AND t.ctid <> ALL ($1::tid[])
        AND (t.${key} IS NULL OR t.${key} IN (SELECT id FROM data_key WHERE state = 'retiring'))
        AND EXISTS (SELECT FROM data_key k WHERE k.organization_id = ${organization} AND k.state = 'active')
      LIMIT $2 FOR NO KEY UPDATE OF t SKIP LOCKED`,
    [without, limit],
  );
  const sealed: { at: string; bytes: Buffer }[] = [];
  const failed: ReencryptedBatch['failed'] = [];
  for (const [organizationId, ofOrganization] of Map.groupBy(rows, (row) => row.organizationId)) {
    const seal = await keyring.sealer(tx, organizationId);
    for (const row of ofOrganization) {
      try {
        sealed.push({ at: row.at, bytes: seal(await keyring.open(tx, row), row.identity) });
      } catch (error) {
        failed.push({ at: row.at, identity: row.identity, error });
      }
    }
  }
  await tx.execute(`UPDATE ${table} t SET ${column} = u.bytes FROM unnest($1::tid[], $2::bytea[]) AS u (at, bytes) WHERE t.ctid = u.at`, [
    sealed.map(({ at }) => at),
    sealed.map(({ bytes }) => bytes),
  ]);
  return { count: sealed.length, failed };
}

/** Retiring keys, whatever their organization. */
export function listRetiringKeys(reader: Reader): Promise<{ id: string; organizationId: string; number: number }[]> {
  return reader.query(`select id, organization_id as "organizationId", number from data_key where state = 'retiring' order by id`);
}

/**
 * Destroys a retiring key if nothing is sealed with it any more. Whoever is about to seal with it holds its row: that is waited for.
 * @returns whether it was destroyed
 */
export async function destroyUnusedKey(tx: Transaction, key: { id: string; organizationId: string; number: number }): Promise<boolean> {
  const held = await tx.query('select 1 from data_key_material where data_key_id = $1 for update', [key.id]);
  const used = sealedPlaces.map((place) => `exists (select from ${place.table} t where t.${place.key} = $1)`).join(' or ');
  const [row] = await tx.query<{ used: boolean }>(`select ${used} as used`, [key.id]);
  if (held.length === 0 || row?.used !== false) return false;
  await tx.execute('delete from data_key_material where data_key_id = $1', [key.id]);
  await tx.execute(`update data_key set state = 'destroyed', destroyed_at = $2 where id = $1`, [key.id, tx.now]);
  await tx.record({
    organizationId: key.organizationId,
    actor: systemActor,
    action: 'encryption_key.destroyed',
    target: { kind: 'encryption_key', id: key.id, name: String(key.number) },
    reason: 'Nothing is sealed with it any more.',
  });
  return true;
}
