import { ensureTemplate, startTestPostgres, TEST_POSTGRES_VARIABLE } from './server.ts';

/** Vitest's global setup: one Postgres server per run, found by the test files through the environment. */
export async function setup(): Promise<() => Promise<void>> {
  const running = process.env[TEST_POSTGRES_VARIABLE];
  if (running !== undefined && running !== '') {
    await ensureTemplate(running);
    return async () => undefined;
  }
  const postgres = await startTestPostgres();
  await ensureTemplate(postgres.connectionString);
  process.env[TEST_POSTGRES_VARIABLE] = postgres.connectionString;
  return async () => {
    delete process.env[TEST_POSTGRES_VARIABLE];
    await postgres.stop();
  };
}
