/**
 * Seals and opens secrets: each with a key of its organization, which itself is wrapped with a key made from the master key. INVARIANTS
 * - Whatever was sealed can be opened at every moment: an old key is destroyed only when nothing is sealed with it (the database refuses else),
 *   and what was sealed before there were keys of organizations, with a key made from the master key, opens as ever.
 * - Sealed bytes name their key, and open in no other row and with no other key's id.
 */

import type { Random } from '@sluice/platform/random';
import {
  type DataKey,
  dataKeyIdOf,
  deriveKey,
  masterKeyIdOf,
  openSecret,
  openWithDataKey,
  SecretIntegrityError,
  sealSecret,
  sealWithDataKey,
} from '@sluice/platform/secrets';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';

/** What a master key gives. `id` names it, `secretKey` is of purpose `secret-encryption`, `wrappingKey` of `data-key-wrapping`. */
export type MasterKeys = { id: string; secretKey: Uint8Array; wrappingKey: Uint8Array };

/** Derives what the keyring needs from a master key. */
export function masterKeysOf(masterKey: Uint8Array): MasterKeys {
  return {
    id: masterKeyIdOf(masterKey),
    secretKey: deriveKey(masterKey, 'secret-encryption'),
    wrappingKey: deriveKey(masterKey, 'data-key-wrapping'),
  };
}

/** Sealed bytes, and the identity of the row (and column) that holds them. */
export type SealedSecret = { sealed: Uint8Array; identity: string };

/** Seals for one organization, with one key. */
export type Sealer = (plaintext: Uint8Array | string, identity: string) => Buffer;

export type NewDataKey = { organizationId: string; createdBy: string; ifNone?: boolean };

export type Keyring = {
  /** Of the master key of this process. */
  masterKeyId: string;
  /**
   * Seals with the active key of the organization; before it has one, with a key made from the master key. In a transaction, the key stays
   * until its end; outside of one, writing fails should the key be destroyed in between.
   */
  sealer(reader: Reader, organizationId: string): Promise<Sealer>;
  /** @throws SecretIntegrityError when the bytes do not open, because they, their row or their key are not what they were */
  open(reader: Reader, secret: SealedSecret): Promise<Buffer>;
  /** Opens many, with one reading of keys; in their order. @throws SecretIntegrityError when one does not open */
  openMany(reader: Reader, secrets: readonly SealedSecret[]): Promise<Buffer[]>;
  /** Makes a new active key for an organization; those before are retiring from then on. `ifNone`: null, and no new one, if there is one. */
  addKey(tx: Transaction, key: NewDataKey): Promise<{ id: string; number: number } | null>;
  /** Wraps keys anew that are wrapped with the previous master key. @returns how many were */
  rewrap(tx: Transaction, limit: number): Promise<number>;
};

const keysKeptMax = 10_000;

type Material = { id: string; wrappedKey: Buffer; masterKeyId: string };
const MATERIAL = 'm.data_key_id as id, m.wrapped_key as "wrappedKey", m.master_key_id as "masterKeyId"';

const identityOfKey = (id: string): string => `data_key/${id}`;

/** Makes the keyring of a process. `previous`: the master key until now, while what it sealed is sealed anew. */
export function createKeyring(options: {
  current: MasterKeys;
  previous?: MasterKeys | null;
  random: Pick<Random, 'randomBytes'>;
}): Keyring {
  const { current, random } = options;
  const masters = options.previous == null ? [current] : [current, options.previous];
  const known = new Map<string, DataKey>();

  const unwrap = ({ id, wrappedKey, masterKeyId }: Material): DataKey => {
    const master = masters.find((each) => each.id === masterKeyId);
    if (master === undefined) {
      throw new SecretIntegrityError(`data key ${id} is wrapped with master key ${masterKeyId}, which is not the one of this process`);
    }
    const dataKey = { id, key: openSecret(master.wrappingKey, wrappedKey, identityOfKey(id)) };
    if (known.size >= keysKeptMax) known.clear();
    known.set(id, dataKey);
    return dataKey;
  };
  const keysOf = async (reader: Reader, ids: readonly string[]): Promise<void> => {
    const wanted = [...new Set(ids)].filter((id) => !known.has(id));
    if (wanted.length === 0) return;
    const rows = await reader.query<Material>(`select ${MATERIAL} from data_key_material m where m.data_key_id = any($1::uuid[])`, [
      wanted,
    ]);
    rows.map(unwrap);
  };
  const openOne = ({ sealed, identity }: SealedSecret): Buffer => {
    const id = dataKeyIdOf(sealed);
    if (id === null) return openOld(masters, sealed, identity);
    const key = known.get(id);
    if (key === undefined) throw new SecretIntegrityError(`the data key ${id} is not there`);
    return openWithDataKey(key, sealed, identity);
  };
  const openMany: Keyring['openMany'] = async (reader, secrets) => {
    await keysOf(
      reader,
      secrets.flatMap(({ sealed }) => dataKeyIdOf(sealed) ?? []),
    );
    return secrets.map(openOne);
  };

  return {
    masterKeyId: current.id,
    openMany,
    open: async (reader, secret) => {
      const [opened] = await openMany(reader, [secret]);
      if (opened === undefined) throw new Error('one secret gives one value');
      return opened;
    },
    sealer: async (reader, organizationId) => {
      const [row] = await reader.query<Material>(
        `select ${MATERIAL} from data_key k join data_key_material m on m.data_key_id = k.id
          where k.organization_id = $1 and k.state = 'active' for key share of m`,
        [organizationId],
      );
      if (row === undefined) return (plaintext, identity) => sealSecret(current.secretKey, plaintext, identity, random);
      const key = known.get(row.id) ?? unwrap(row);
      return (plaintext, identity) => sealWithDataKey(key, plaintext, identity, random);
    },
    addKey: (tx, key) => insertKey(tx, key, { current, random }),
    rewrap: async (tx, limit) => {
      const rows = await tx.query<Material>(
        `select ${MATERIAL} from data_key_material m where m.master_key_id <> $1 limit $2 for update skip locked`,
        [current.id, limit],
      );
      const wrapped = rows.map((row) => sealSecret(current.wrappingKey, unwrap(row).key, identityOfKey(row.id), random));
      await tx.execute(
        `update data_key_material m set wrapped_key = u.wrapped, master_key_id = $3
           from unnest($1::uuid[], $2::bytea[]) as u (id, wrapped) where m.data_key_id = u.id`,
        [rows.map(({ id }) => id), wrapped, current.id],
      );
      return rows.length;
    },
  };
}

function openOld(masters: readonly MasterKeys[], sealed: Uint8Array, identity: string): Buffer {
  const failures: unknown[] = [];
  for (const { secretKey } of masters) {
    try {
      return openSecret(secretKey, sealed, identity);
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}

async function insertKey(
  tx: Transaction,
  { organizationId, createdBy, ifNone = false }: NewDataKey,
  { current, random }: { current: MasterKeys; random: Pick<Random, 'randomBytes'> },
): Promise<{ id: string; number: number } | null> {
  // Two rotations at once: one after the other.
  await tx.execute('select 1 from organization where id = $1 for no key update', [organizationId]);
  const [last] = await tx.query<{ number: number }>('select coalesce(max(number), 0) as number from data_key where organization_id = $1', [
    organizationId,
  ]);
  if (ifNone && last !== undefined && last.number > 0) return null;
  const made = { id: tx.uuid(), number: (last?.number ?? 0) + 1 };
  await tx.execute(`update data_key set state = 'retiring', retired_at = $2 where organization_id = $1 and state = 'active'`, [
    organizationId,
    tx.now,
  ]);
  await tx.execute(
    `insert into data_key (id, organization_id, number, state, created_by, created_at) values ($1, $2, $3, 'active', $4, $5)`,
    [made.id, organizationId, made.number, createdBy, tx.now],
  );
  const wrapped = sealSecret(current.wrappingKey, random.randomBytes(32), identityOfKey(made.id), random);
  await tx.execute('insert into data_key_material (data_key_id, wrapped_key, master_key_id) values ($1, $2, $3)', [
    made.id,
    wrapped,
    current.id,
  ]);
  return made;
}
