/** What tests, the demo and benchmarks share: real servers, ready in a moment. */
export { startTestPostgres, TEST_POSTGRES_VARIABLE } from './server.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
