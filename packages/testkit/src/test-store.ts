import { systemClock } from '@sluice/platform/clock';
import { systemRandom } from '@sluice/platform/random';
import { createStore, type Store } from '@sluice/store';

import { createTestDatabase } from './test-database.ts';

export type TestStore = { store: Store; connectionString: string; close(): Promise<void> };

/** A store on a database of its own, with the time of the machine. `close` removes the database. */
export async function createTestStore(): Promise<TestStore> {
  const database = await createTestDatabase();
  const store = createStore({ connectionString: database.connectionString, clock: systemClock, random: systemRandom });
  return {
    store,
    connectionString: database.connectionString,
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
}
