import { entryBytes, leafHash } from '@sluice/ledger';
import { systemClock } from '@sluice/platform/clock';
import { systemRandom } from '@sluice/platform/random';
import { createTestDatabase, SEED_CONTEXT, type SeededOrganization, seedOrganization, type TestDatabase } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createApplication } from '../applications/applications.ts';
import { createStore, type Store } from '../base/store.ts';
import { entryOf } from './change-context.ts';
import { listLedgerEntries } from './list.ts';

let database: TestDatabase;
let store: Store;
let organization: SeededOrganization;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore({ connectionString: database.connectionString, clock: systemClock, random: systemRandom });
  organization = await seedOrganization(store);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

test.each([
  'update ledger_entry set reason = null',
  'delete from ledger_entry',
  'truncate ledger_entry',
  'delete from ledger_entry where false',
])('when somebody tries "%s", the database refuses', async (statement) => {
  const count = async () => (await store.query<{ count: number }>('select count(*) as count from ledger_entry'))[0]?.count;
  const before = await count();
  await expect(store.query(statement)).rejects.toThrow(/append-only/);
  expect(await count()).toBe(before);
  expect(before).toBeGreaterThan(0);
});

test('when an entry is written, its exact bytes, its leaf and its transaction are stored', async () => {
  const happening = {
    action: 'application.changed',
    target: { kind: 'application', id: 'a', name: 'ä "q"' },
    after: { b: 1, a: [null, 'x'] },
  } as const;
  const context = { ...SEED_CONTEXT, requestId: 'r-1', reason: 'because' };
  const { recorded, now, xid } = await store.transaction(async (tx) => {
    const recorded = await tx.record(entryOf(organization.id, context, happening));
    const [current] = await tx.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
    return { recorded, now: tx.now, xid: current?.xid };
  });
  const [row] = await store.query<{ entry: Buffer; leaf: Buffer; xid: string; search: unknown }>(
    'select entry, leaf, xid::text as xid, search from ledger_entry where id = $1',
    [recorded.id],
  );
  const bytes = entryBytes({
    version: 1,
    organizationId: organization.id,
    time: now.toISOString(),
    actor: SEED_CONTEXT.actor,
    ...happening,
    requestId: 'r-1',
    reason: 'because',
  });
  expect(row?.entry.equals(bytes)).toBe(true);
  expect(row?.leaf.equals(leafHash(bytes))).toBe(true);
  expect(recorded.leaf).toBe(row?.leaf.toString('hex'));
  expect(row?.xid).toBe(xid);
  expect(row?.search).toEqual(JSON.parse(Buffer.from(bytes).toString('utf8')));
});

test('when the change fails, its entry is not written either', async () => {
  const before = await listLedgerEntries(store, organization.id, {});
  const work = store.transaction(async (tx) => {
    await createApplication(tx, organization.id, { name: 'never' }, SEED_CONTEXT);
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  expect(await listLedgerEntries(store, organization.id, {})).toEqual(before);
});

test('when entries are listed, they are filtered, newest first, and only those of the organization', async () => {
  const other = await seedOrganization(store);
  const application = await store.transaction((tx) => createApplication(tx, organization.id, { name: 'listed' }, SEED_CONTEXT));
  await store.transaction((tx) => createApplication(tx, other.id, { name: 'foreign' }, SEED_CONTEXT));
  const byAction = await listLedgerEntries(store, organization.id, { action: 'application.created' });
  expect(byAction.items.map((entry) => entry.target)).toEqual([{ kind: 'application', id: application.id }]);
  const byTarget = await listLedgerEntries(store, organization.id, { targetKind: 'application', targetId: application.id });
  expect(byTarget.items).toEqual(byAction.items);
  expect(await listLedgerEntries(store, organization.id, { actorId: 'nobody' })).toEqual({ items: [], nextCursor: null });
  const [view] = byAction.items;
  expect(JSON.parse(Buffer.from(view?.entry ?? '', 'base64').toString('utf8'))).toMatchObject({ after: { name: 'listed' } });
});
