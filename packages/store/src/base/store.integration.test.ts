import { systemClock } from '@sluice/platform/clock';
import { systemRandom } from '@sluice/platform/random';
import { createTestDatabase, type TestDatabase } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createStore, type Store } from './store.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore({ connectionString: database.connectionString, clock: systemClock, random: systemRandom });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

test('when a transaction writes with SQL and reads with Prisma, it is one transaction', async () => {
  const id = await store.transaction(async (tx) => {
    const id = tx.uuid();
    await tx.execute('insert into organization (id, name, root_document, created_at) values ($1, $2, $3, $4)', [id, 'one', '{}', tx.now]);
    expect((await tx.prisma.organization.findUniqueOrThrow({ where: { id } })).name).toBe('one');
    expect(await store.query('select 1 from organization where id = $1', [id])).toEqual([]);
    return id;
  });
  expect(await store.query('select name from organization where id = $1', [id])).toEqual([{ name: 'one' }]);
});
