import { systemRandom } from '@sluice/platform';
import { createTestStore, SEED_CONTEXT, type SeededOrganization, seedApplication, seedOrganization, type TestStore } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setVariable } from '../variables/variables.ts';
import { addEncryptionKey, ensureEncryptionKey, listEncryptionKeys } from './encryption-keys.ts';
import { createKeyring, type Keyring, type MasterKeys, masterKeysOf } from './keyring.ts';
import { destroyUnusedKey, listRetiringKeys, reencryptBatch } from './reencrypt.ts';
import { sealedPlaces } from './sealed-places.ts';

let world: TestStore;
let organization: SeededOrganization;
const master = masterKeysOf(Buffer.alloc(32, 1));
/** A new process each time: it knows no key yet. */
const keyringOf = (current: MasterKeys, previous: MasterKeys | null = null): Keyring =>
  createKeyring({ current, previous, random: systemRandom });
const places = sealedPlaces.filter(({ table }) => table === 'variable_version');

beforeAll(async () => {
  world = await createTestStore();
});
afterAll(() => world.close());

async function setMany(count: number): Promise<void> {
  organization = await seedOrganization(world.store);
  const { id: scopeId } = await seedApplication(world.store, organization);
  const keyring = keyringOf(master);
  await world.store.transaction(async (tx) => {
    const seal = await keyring.sealer(tx, organization.id);
    for (let index = 0; index < count; index += 1) {
      const value = `value ${index}`;
      const input = { scope: 'application' as const, scopeId, name: `V_${index}`, secret: true, isSame: () => false, ledgerValue: 'x' };
      await setVariable(tx, organization.id, { ...input, seal: (id) => seal(value, `variable/${id}`) }, SEED_CONTEXT);
    }
  });
}

/** What every secret is, read by a process that was just started. */
async function readAll(keyring: Keyring): Promise<string[]> {
  const rows = await world.store.query<{ id: string; sealed: Buffer }>(
    'select id, sealed_value as sealed from variable_version where organization_id = $1 order by length(name), name',
    [organization.id],
  );
  const opened = await keyring.openMany(
    world.store,
    rows.map(({ id, sealed }) => ({ sealed, identity: `variable/${id}` })),
  );
  return opened.map(String);
}

const values = (count: number) => Array.from({ length: count }, (_, index) => `value ${index}`);
const reencrypt = async (keyring: Keyring, limit: number): Promise<number> => {
  let total = 0;
  for (const place of places) total += (await world.store.transaction((tx) => reencryptBatch(tx, keyring, place, { limit }))).count;
  return total;
};
const rotate = (keyring: Keyring) =>
  world.store.transaction((tx) => addEncryptionKey(tx, { organizationId: organization.id, keyring }, SEED_CONTEXT));
const destroy = async (): Promise<number> => {
  let count = 0;
  for (const key of await listRetiringKeys(world.store)) {
    if (await world.store.transaction((tx) => destroyUnusedKey(tx, key))) count += 1;
  }
  return count;
};
const keys = async () => {
  const { keys: all, remaining, isDone } = await listEncryptionKeys(world.store, organization.id);
  return { states: all.map(({ number, state }) => `${number} ${state}`), remaining, isDone };
};

test('when rotating is killed half-way, everything can be read at every moment, and the next run finishes it', async () => {
  await setMany(12);
  const first = keyringOf(master);
  expect(await readAll(first)).toEqual(values(12));
  await world.store.transaction((tx) => ensureEncryptionKey(tx, { organizationId: organization.id, keyring: first }));
  while ((await reencrypt(first, 5)) > 0) expect(await readAll(keyringOf(master))).toEqual(values(12));
  await rotate(first);
  expect(await keys()).toMatchObject({ states: ['2 active', '1 retiring'], isDone: false });

  expect(await reencrypt(first, 5)).toBe(5);
  // Killed in the middle of a batch: its transaction never ends.
  const killed = world.store.transaction(async (tx) => {
    for (const place of places) await reencryptBatch(tx, first, place, { limit: 5 });
    throw new Error('killed');
  });
  await expect(killed).rejects.toThrow('killed');
  expect(await destroy()).toBe(0);
  expect(await readAll(keyringOf(master))).toEqual(values(12));
  const halfWay = await keys();
  expect(halfWay.states).toEqual(['2 active', '1 retiring']);
  expect(halfWay.remaining).toBeGreaterThanOrEqual(7);

  const second = keyringOf(master);
  while ((await reencrypt(second, 5)) > 0) expect(await readAll(keyringOf(master))).toEqual(values(12));
  expect(await destroy()).toBe(1);
  expect((await keys()).states).toEqual(['2 active', '1 destroyed']);
  expect(await readAll(keyringOf(master))).toEqual(values(12));
});

test('when somebody seals with a key while it is destroyed, the key waits for them and stays', async () => {
  await setMany(1);
  const keyring = keyringOf(master);
  await world.store.transaction((tx) => ensureEncryptionKey(tx, { organizationId: organization.id, keyring }));
  await reencrypt(keyring, 10);
  let destroyed: Promise<boolean> | undefined;
  const slow = world.store.transaction(async (tx) => {
    const seal = await keyring.sealer(tx, organization.id);
    await rotate(keyring);
    while ((await reencrypt(keyring, 10)) > 0);
    const [key] = await listRetiringKeys(world.store);
    if (key === undefined) throw new Error('the key before is retiring');
    destroyed = world.store.transaction((other) => destroyUnusedKey(other, key));
    await tx.execute(
      `insert into variable_version (id, organization_id, variable_id, scope, scope_id, name, secret, sealed_value, from_revision, created_at)
       values ($1, $2, $1, 'organization', $2, 'LATE', true, $3, 1, now())`,
      [organization.id, organization.id, seal('late', `variable/${organization.id}`)],
    );
  });
  await slow;
  expect(await destroyed).toBe(false);
  expect(await readAll(keyringOf(master))).toContain('late');
  const refused = world.store.query('delete from data_key_material');
  await expect(refused).rejects.toThrow(/foreign key/);
});

test('when the master key is another one, keys are wrapped anew while both are known; with a wrong one nothing opens', async () => {
  await setMany(2);
  const old = keyringOf(master);
  await world.store.transaction((tx) => ensureEncryptionKey(tx, { organizationId: organization.id, keyring: old }));
  await reencrypt(old, 1);
  const next = masterKeysOf(Buffer.alloc(32, 2));
  await expect(readAll(keyringOf(next))).rejects.toMatchObject({ code: 'SECRET_INTEGRITY' });
  const both = keyringOf(next, master);
  expect(await readAll(both)).toEqual(values(2));
  while ((await reencrypt(both, 1)) > 0);
  while ((await world.store.transaction((tx) => both.rewrap(tx, 1))) > 0) expect(await readAll(keyringOf(next, master))).toEqual(values(2));
  expect((await listEncryptionKeys(world.store, organization.id, master.id)).isDone).toBe(false);
  expect(await readAll(keyringOf(next))).toEqual(values(2));
  await expect(readAll(keyringOf(master))).rejects.toMatchObject({ code: 'SECRET_INTEGRITY' });
});

test('when a sealed value is moved to another row, or its version is changed, it is refused', async () => {
  await setMany(2);
  const keyring = keyringOf(master);
  await world.store.transaction((tx) => ensureEncryptionKey(tx, { organizationId: organization.id, keyring }));
  while ((await reencrypt(keyring, 10)) > 0);
  const rows = await world.store.query<{ id: string; sealed: Buffer }>(
    'select id, sealed_value as sealed from variable_version where organization_id = $1',
    [organization.id],
  );
  const [one, other] = rows;
  const moved = keyring.open(world.store, { sealed: one?.sealed ?? Buffer.alloc(0), identity: `variable/${other?.id}` });
  await expect(moved).rejects.toMatchObject({ code: 'SECRET_INTEGRITY' });
  for (const change of [
    'update variable_version set sealed_value = $2 where id = $1',
    "update variable_version set name = 'OTHER' where id = $1 and $2::bytea is not null",
    'delete from variable_version where id = $1 and $2::bytea is not null',
  ]) {
    await expect(world.store.query(change, [one?.id, other?.sealed])).rejects.toThrow(/refused/);
  }
});
