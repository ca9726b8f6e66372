import {
  createTestStore,
  SEED_CONTEXT,
  type SeededOrganization,
  seedApplication,
  seedDevices,
  seedGroup,
  seedOrganization,
  type TestStore,
} from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Store } from '../base/store.ts';
import { listLedgerEntries } from '../ledger/list.ts';
import { DEFAULT_RETENTION, pruneExpired } from '../retention/prune.ts';
import { listVariables, removeVariable, setVariable, type VariableToSet } from './variables.ts';

let world: TestStore;
let store: Store;
let organization: SeededOrganization;

beforeAll(async () => {
  world = await createTestStore();
  store = world.store;
  organization = await seedOrganization(store);
});

afterAll(() => world.close());

function set(input: Pick<VariableToSet, 'scope' | 'scopeId' | 'name'> & { value: string; secret?: boolean }) {
  const { value, secret = false, ...rest } = input;
  const seal = (id: string): Uint8Array => Buffer.from(`${id}:${value}`);
  return store.transaction((tx) =>
    setVariable(
      tx,
      organization.id,
      {
        ...rest,
        secret,
        seal,
        isSame: ({ sealedValue }) => sealedValue.toString().endsWith(`:${value}`),
        ledgerValue: secret ? 'digest' : value,
      },
      SEED_CONTEXT,
    ),
  );
}

test('when a variable is set again, it keeps its id, and the value is sealed to it', async () => {
  const at = { scope: 'organization', scopeId: organization.id, name: 'BROKER' } as const;
  const first = await set({ ...at, value: 'one' });
  const second = await set({ ...at, value: 'two', secret: true });
  expect(second).toMatchObject({ id: first.id, secret: true });
  expect(second.sealedValue.toString()).toBe(`${second.versionId}:two`);
  const entries = await listLedgerEntries(store, organization.id, { targetKind: 'variable', targetId: first.id });
  const values = entries.items.map(({ entry }) => JSON.parse(Buffer.from(entry, 'base64').toString()).after.value);
  expect(values).toEqual(['digest', 'one']);
});

test('when a variable is set for the first time by many at once, there is one row, sealed to its own id', async () => {
  const at = { scope: 'organization', scopeId: organization.id, name: 'RACE' } as const;
  const all = await Promise.all(['a', 'b', 'c', 'd'].map((value) => set({ ...at, value })));
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  expect(all.every(({ versionId, sealedValue }) => sealedValue.toString().startsWith(versionId))).toBe(true);
});

test('when the scope is not the organization’s, the variable is refused, for every kind of scope', async () => {
  const stranger = await seedOrganization(store);
  const application = await seedApplication(store, stranger);
  const groupId = await seedGroup(store, stranger, 'g');
  const { ids } = await seedDevices(store, stranger, { count: 1 });
  const foreign = [
    ['organization', stranger.id],
    ['application', application.id],
    ['stage', stranger.id],
    ['group', groupId],
    ['device', ids[0] ?? ''],
  ] as const;
  for (const [scope, scopeId] of foreign) {
    await expect(set({ scope, scopeId, name: 'X', value: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
});

test('when variables are listed, they can be those of one scope; when one is removed, it is gone', async () => {
  const { ids } = await seedDevices(store, organization, { count: 1, prefix: 'listed' });
  const scopeId = ids[0] ?? '';
  const made = await set({ scope: 'device', scopeId, name: 'PORT', value: '502' });
  const list = async () => (await listVariables(store, organization.id, { scope: 'device', scopeId })).items.map(({ name }) => name);
  expect(await list()).toEqual(['PORT']);
  expect((await listVariables(store, organization.id, {})).items.length).toBeGreaterThan(1);
  const remove = (organizationId: string) => store.transaction((tx) => removeVariable(tx, organizationId, made.id, SEED_CONTEXT));
  const stranger = await seedOrganization(store);
  await expect(remove(stranger.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await remove(organization.id);
  expect(await list()).toEqual([]);
  await expect(remove(organization.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('when versions were closed long ago and nobody refers to their revisions, they are forgotten; others are not', async () => {
  const owner = await seedOrganization(store);
  const at = { scope: 'organization', scopeId: owner.id, name: 'AGED' } as const;
  for (const value of ['1', '2', '3', '4', '5']) {
    const input = { ...at, secret: false, seal: () => Buffer.from(value), isSame: () => false, ledgerValue: value };
    await store.transaction((tx) => setVariable(tx, owner.id, input, SEED_CONTEXT));
  }
  const { ids } = await seedDevices(store, owner, { count: 1 });
  await store.query('update device_desired set variables_revision = 3 where device_id = $1', [ids[0]]);
  const kept = async () => {
    const rows = await store.query<{ revision: number }>(
      'select from_revision as revision from variable_version where organization_id = $1 order by 1',
      [owner.id],
    );
    return rows.map(({ revision }) => revision);
  };
  await store.transaction((tx) => pruneExpired(tx));
  expect(await kept()).toEqual([2, 3, 4, 5, 6]);
  await store.transaction((tx) => pruneExpired(tx, { ...DEFAULT_RETENTION, variableVersionsMs: -60_000 }));
  expect(await kept()).toEqual([3, 6]);
});
