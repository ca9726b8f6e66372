import { systemClock } from '@sluice/platform/clock';
import { systemRandom } from '@sluice/platform/random';
import { waitFor } from '@sluice/platform/testing';
import { startTestPostgres } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { EmbeddedPostgres } from '../embedded/index.ts';
import { StoreUnavailableError } from '../errors.ts';
import { createStore, type Store } from './store.ts';

let postgres: EmbeddedPostgres;
let store: Store;

beforeAll(async () => {
  postgres = await startTestPostgres();
  store = createStore({ connectionString: postgres.connectionString, poolSize: 4, clock: systemClock, random: systemRandom });
  await store.query('create table mark (id int primary key)');
});

afterAll(async () => {
  await store.close();
  await postgres.stop();
});

function write(id: number): Promise<number> {
  return store.transaction((tx) => tx.execute('insert into mark values ($1)', [id]));
}

test('when Postgres restarts between two calls, the next one works', async () => {
  // Several connections in the pool, all of which the restart breaks.
  await Promise.all([1, 2, 3, 4].map(write));
  await postgres.restart();
  await waitFor('the store to recover', () => write(5));
  expect(await store.query('select id from mark order by id')).toHaveLength(5);
});

test.each(['fast', 'kill'] as const)(
  'when Postgres goes away (%s) in the middle of a transaction, it fails as unavailable and writes nothing',
  async (how) => {
    const id = how === 'fast' ? 10 : 20;
    const began = Promise.withResolvers<void>();
    const restarted = Promise.withResolvers<void>();
    const work = store.transaction(async (tx) => {
      await tx.execute('insert into mark values ($1)', [id]);
      began.resolve();
      await restarted.promise;
      await tx.execute('insert into mark values ($1)', [id + 1]);
    });
    const failed = expect(work).rejects.toBeInstanceOf(StoreUnavailableError);
    await began.promise;
    await postgres.restart(how);
    restarted.resolve();
    await failed;
    await waitFor('the store to recover', () => store.ping().then(() => true));
    expect(await store.query('select id from mark where id >= $1 and id < $1 + 10', [id])).toEqual([]);
  },
);

test('when Postgres is away, whoever waits for an answer hears that at once', async () => {
  const { connectionString } = postgres;
  const inFlight = store.query('select pg_sleep(30)');
  const broken = expect(inFlight).rejects.toBeInstanceOf(StoreUnavailableError);
  const running = "select 1 from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'";
  await waitFor('the query to run', async () => (await store.query(running)).length > 0);
  await postgres.restart('kill');
  await broken;
  expect(postgres.connectionString).toBe(connectionString);
  await waitFor('the store to recover', () => store.ping().then(() => true));
});
