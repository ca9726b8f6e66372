import { systemClock } from '@sluice/platform/clock';
import { silentLog } from '@sluice/platform/log';
import { systemRandom } from '@sluice/platform/random';
import { waitFor } from '@sluice/platform/testing';
import { createTestDatabase, SEED_CONTEXT, seedOrganization, type TestDatabase } from '@sluice/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createApplication, listApplications } from '../applications/applications.ts';
import { StoreUnavailableError } from '../errors.ts';
import { createStore, type Store } from './store.ts';
import type { Transaction } from './transaction.ts';

let database: TestDatabase;
let store: Store;
const warnings: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore({
    connectionString: database.connectionString,
    clock: systemClock,
    random: systemRandom,
    log: { ...silentLog, warn: (_fields, message) => warnings.push(message) },
  });
  await store.query('create table counter (id int primary key, value int not null)');
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

async function counters(...ids: number[]): Promise<void> {
  await store.query('insert into counter select id, 0 from unnest($1::int[]) as id', [ids]);
}

async function countOf(id: number): Promise<number | undefined> {
  return (await store.query<{ value: number }>('select value from counter where id = $1', [id]))[0]?.value;
}

test('when a transaction writes with SQL and reads with Prisma, both are one transaction', async () => {
  const id = await store.transaction(async (tx) => {
    const id = tx.uuid();
    await tx.execute('insert into organization (id, name, root_document, created_at) values ($1, $2, $3, $4)', [id, 'one', '{}', tx.now]);
    const seen = await tx.prisma.organization.findUniqueOrThrow({ where: { id } });
    expect(seen.createdAt).toEqual(tx.now);
    await tx.prisma.organization.update({ where: { id }, data: { name: 'two' } });
    expect(await tx.query('select name from organization where id = $1', [id])).toEqual([{ name: 'two' }]);
    expect(await store.query('select 1 from organization where id = $1', [id])).toEqual([]);
    return id;
  });
  expect(await store.query('select name from organization where id = $1', [id])).toEqual([{ name: 'two' }]);
});

test('when the work throws, nothing is written, its error comes out and no effect runs', async () => {
  await counters(1);
  const effects: string[] = [];
  const work = store.transaction(async (tx) => {
    await tx.execute('update counter set value = 5 where id = 1');
    tx.afterCommit(() => void effects.push('ran'));
    throw new RangeError('not now');
  });
  await expect(work).rejects.toBeInstanceOf(RangeError);
  expect(await countOf(1)).toBe(0);
  expect(effects).toEqual([]);
});

test('when effects are registered, they run after the commit, and a failing one stops neither the others nor the caller', async () => {
  await counters(2);
  const seen: (number | undefined)[] = [];
  await store.transaction(async (tx) => {
    await tx.execute('update counter set value = 7 where id = 2');
    tx.afterCommit(() => Promise.reject(new Error('the queue is away')));
    tx.afterCommit(async () => void seen.push(await countOf(2)));
  });
  expect(seen).toEqual([7]);
  expect(warnings).toContain('an effect after a commit failed; a sweep will repair it');
});

/** Lets `parties` callers go on only when all have arrived once; later arrivals (of retries) pass. */
function barrier(parties: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  return () => {
    waiting += 1;
    if (waiting === parties) resolve();
    return promise;
  };
}

test('when two serializable transactions conflict, one is done again and both count', async () => {
  await counters(3);
  let attempts = 0;
  const bothRead = barrier(2);
  const increment = () =>
    store.transaction(
      async (tx) => {
        attempts += 1;
        const [row] = await tx.query<{ value: number }>('select value from counter where id = 3');
        await bothRead();
        await tx.execute('update counter set value = $1 where id = 3', [(row?.value ?? 0) + 1]);
      },
      { isolation: 'Serializable' },
    );
  await Promise.all([increment(), increment()]);
  expect(await countOf(3)).toBe(2);
  expect(attempts).toBeGreaterThan(2);
});

test('when two transactions lock crosswise, the deadlock is broken and both are done', async () => {
  await counters(4, 5);
  const bothHold = barrier(2);
  const both = (first: number, second: number) =>
    store.transaction(async (tx: Transaction) => {
      await tx.execute('update counter set value = value + 1 where id = $1', [first]);
      await bothHold();
      await tx.execute('update counter set value = value + 1 where id = $1', [second]);
    });
  await Promise.all([both(4, 5), both(5, 4)]);
  expect([await countOf(4), await countOf(5)]).toEqual([2, 2]);
});

test('when a transaction takes too long, it is rolled back and the store says that it is unavailable', async () => {
  await counters(6);
  const work = store.transaction(
    async (tx) => {
      await tx.execute('update counter set value = 1 where id = 6');
      expect(await tx.query('show statement_timeout')).toEqual([{ statement_timeout: '200ms' }]);
      await tx.query('select pg_sleep(30)');
    },
    { timeoutMs: 200 },
  );
  await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await store.transaction((tx) => tx.execute('update counter set value = value + 10 where id = 6'));
  expect(await countOf(6)).toBe(10);
});

test('when a name is taken, the transaction says so', async () => {
  const organization = await seedOrganization(store);
  const create = () => store.transaction((tx) => createApplication(tx, organization.id, { name: 'line' }, SEED_CONTEXT));
  const results = await Promise.allSettled([create(), create()]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ code: 'NAME_TAKEN' });
  expect((await listApplications(store, organization.id, {})).items).toHaveLength(1);
});

test('when something changed, listeners hear of it after the commit', async () => {
  const organization = await seedOrganization(store);
  const listener = new pg.Client({ connectionString: database.connectionString });
  await listener.connect();
  const heard: string[] = [];
  listener.on('notification', ({ channel }) => heard.push(channel));
  await listener.query('listen sluice_change; listen sluice_desired');
  await store.transaction(async (tx) => {
    await createApplication(tx, organization.id, { name: 'heard' }, SEED_CONTEXT);
    await tx.desiredChanged();
    await listener.query('select 1');
    expect(heard).toEqual([]);
  });
  await waitFor('both notifications', () => heard.includes('sluice_change') && heard.includes('sluice_desired'));
  await listener.end();
});

test('when a bigint is larger than a number can be, it is an error and not a wrong number', async () => {
  expect(await store.query('select 9007199254740991::bigint as big')).toEqual([{ big: Number.MAX_SAFE_INTEGER }]);
  await expect(store.query('select 9007199254740993::bigint as big')).rejects.toThrow(RangeError);
});

test('when the database is nowhere, the store says that it is unavailable', async () => {
  const away = createStore({ connectionString: 'postgresql://x:x@127.0.0.1:1/x', clock: systemClock, random: systemRandom });
  await expect(away.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
  await expect(away.transaction(async (tx) => tx.query('select 1'))).rejects.toBeInstanceOf(StoreUnavailableError);
  await away.close();
});
