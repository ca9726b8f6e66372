import type { Log } from '@sluice/platform';
import { addEncryptionKey, listEncryptionKeys, type Store } from '@sluice/store';
import { createTestStore, SEED_CONTEXT, seedKeyring, seedOrganization, type TestStore } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweepEncryption } from './sweep.ts';

let world: TestStore;
beforeAll(async () => {
  world = await createTestStore();
});
afterAll(() => world.close());

/** A log that keeps its errors. */
function keepErrors(): { log: Log; errors: object[] } {
  const errors: object[] = [];
  const ignore = (): void => undefined;
  return {
    errors,
    log: { debug: ignore, info: ignore, warn: ignore, error: (details: object) => void errors.push(details) } as unknown as Log,
  };
}

/** The store, but its process ends after so many transactions. */
function killedAfter(store: Store, transactions: number, kill: () => void): Store {
  let left = transactions;
  return {
    ...store,
    transaction: (work, options) => {
      left -= 1;
      if (left === 0) kill();
      return store.transaction(work, options);
    },
  };
}

it('when workers are killed again and again, each goes on where the last one was, until old keys are destroyed', async () => {
  const organization = await seedOrganization(world.store);
  const { log, errors } = keepErrors();
  const rotate = () =>
    world.store.transaction((tx) => addEncryptionKey(tx, { organizationId: organization.id, keyring: seedKeyring() }, SEED_CONTEXT));
  const state = () => listEncryptionKeys(world.store, organization.id);
  await sweepEncryption({ store: world.store, keyring: seedKeyring(), log }, new AbortController().signal);
  expect(await state()).toMatchObject({ keys: [{ number: 1, state: 'active' }], remaining: 0, isDone: true });
  await rotate();
  expect((await state()).isDone).toBe(false);
  let runs = 0;
  while (!(await state()).isDone) {
    runs += 1;
    const ending = new AbortController();
    const store = killedAfter(world.store, 1 + runs, () => ending.abort());
    await sweepEncryption({ store, keyring: seedKeyring(), log }, ending.signal).catch(() => undefined);
    const keys = await world.store.query<{ id: string; sealed: Buffer }>(
      'select id, sealed_private_key as sealed from signing_key where organization_id = $1 and sealed_private_key is not null',
      [organization.id],
    );
    const secrets = keys.map(({ id, sealed }) => ({ sealed, identity: `signing_key/${id}` }));
    expect(await seedKeyring().openMany(world.store, secrets)).toHaveLength(keys.length);
    expect(runs).toBeLessThan(50);
  }
  expect(runs).toBeGreaterThan(1);
  expect((await state()).keys).toMatchObject([{ state: 'active' }, { state: 'destroyed' }]);

  // What does not open keeps its key, and keeps nothing else from going on.
  await rotate();
  const [broken] = await world.store.query<{ id: string }>(
    `update signing_key set sealed_private_key = set_byte(sealed_private_key, 40, (get_byte(sealed_private_key, 40) + 1) % 256)
      where id = (select min(id::text)::uuid from signing_key where organization_id = $1 and sealed_private_key is not null) returning id`,
    [organization.id],
  );
  expect(errors).toEqual([]);
  await sweepEncryption({ store: world.store, keyring: seedKeyring(), log }, new AbortController().signal);
  expect(errors).toMatchObject([{ identity: `signing_key/${broken?.id}` }]);
  expect(await state()).toMatchObject({
    remaining: 1,
    isDone: false,
    keys: [{ state: 'active' }, { state: 'retiring' }, { state: 'destroyed' }],
  });
});
