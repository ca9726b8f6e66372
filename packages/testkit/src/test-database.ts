import { randomBytes } from 'node:crypto';

import { TEST_POSTGRES_VARIABLE, templateName, withClient, withDatabase } from './server.ts';

export type TestDatabase = {
  connectionString: string;
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>;
};

/**
 * A database of its own for a test file, with all migrations: a clone of the run's template.
 * @throws when no server runs: outside of vitest's `integration` project set SLUICE_TEST_POSTGRES
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env[TEST_POSTGRES_VARIABLE];
  if (server === undefined) {
    throw new Error(
      `no Postgres for tests: name the file *.integration.test.ts and run vitest from the root, or set ${TEST_POSTGRES_VARIABLE}`,
    );
  }
  const name = `sluice_test_${randomBytes(8).toString('hex')}`;
  const template = await templateName();
  await withClient(server, (client) => client.query(`create database ${name} template ${template}`));
  return {
    connectionString: withDatabase(server, name),
    drop: async () => {
      await withClient(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}
