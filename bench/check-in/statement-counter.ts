import { systemClock, systemRandom } from '@sluice/platform';
import { createStore } from '@sluice/store';
import type { EmbeddedPostgres } from '@sluice/store/embedded';

/** How often each statement ran, by its text. */
export type Statements = Map<string, number>;

export type StatementCounter = { read(): Promise<Statements>; close(): Promise<void> };

const own = 'sluice bench';

/** Lets the server count every statement (pg_stat_statements); it is restarted for that. */
export async function countStatements(postgres: EmbeddedPostgres): Promise<StatementCounter> {
  const open = () =>
    createStore({
      connectionString: postgres.connectionString,
      poolSize: 1,
      applicationName: own,
      clock: systemClock,
      random: systemRandom,
    });
  const first = open();
  await first.query(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`);
  await first.close();
  await postgres.restart();
  const store = open();
  await store.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  return {
    read: async () => {
      const rows = await store.query<{ query: string; calls: number }>(
        `SELECT query, sum(calls)::int AS calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
          WHERE d.datname = current_database() AND query NOT LIKE '%pg_stat_statements%' GROUP BY query`,
      );
      return new Map(rows.map(({ query, calls }) => [query, calls]));
    },
    close: () => store.close(),
  };
}

/** What ran between two readings, most often first. */
export function difference(before: Statements, after: Statements): { query: string; calls: number }[] {
  return [...after]
    .map(([query, calls]) => ({ query, calls: calls - (before.get(query) ?? 0) }))
    .filter(({ calls }) => calls > 0)
    .sort((left, right) => right.calls - left.calls);
}
