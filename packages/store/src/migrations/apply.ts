// INVARIANTS
// 1. Each migration and its line in `_prisma_migrations` are one transaction: a kill in the middle leaves neither.
// 2. One process at a time migrates a database: the others wait for the advisory lock and then find nothing to do.
// 3. The table is Prisma's own, in its own form, so `prisma migrate deploy` and `prisma migrate status` work on the same database.
// 4. A database that knows more migrations than this code, or another text of one of them, is refused before anything is changed.
import { randomUUID } from 'node:crypto';

import pg from 'pg';

import { translateDatabaseError } from '../base/database-error.ts';
import { type Migration, readMigrations } from './files.ts';

export type MigrationErrorCode = 'DATABASE_NEWER' | 'MIGRATION_EDITED' | 'MIGRATION_UNFINISHED' | 'MIGRATION_FAILED';

/** The database's schema cannot be brought to where this code needs it; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  readonly code: MigrationErrorCode;

  constructor(code: MigrationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

// Any number will do as long as nobody else uses it: the first bytes of sha256('sluice migrations').
const LOCK_KEY = '7094482193012671';
const LOCK_TIMEOUT_MS = 120_000;

// Word for word what Prisma's schema engine creates.
const CREATE_TABLE = `create table if not exists _prisma_migrations (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;

type AppliedRow = { migration_name: string; checksum: string; finished_at: Date | null };

/** Throws when what the database has is not the beginning of what this code has. */
function checkHistory(applied: readonly AppliedRow[], known: readonly Migration[]): void {
  for (const row of applied) {
    const migration = known.find(({ name }) => name === row.migration_name);
    if (migration === undefined) {
      throw new MigrationError(
        'DATABASE_NEWER',
        `the database was migrated by a newer version (it has "${row.migration_name}", which this version does not know): start that version, or restore a backup from before the upgrade`,
      );
    }
    if (row.finished_at === null) {
      throw new MigrationError(
        'MIGRATION_UNFINISHED',
        `the migration "${row.migration_name}" was begun by another tool and not finished: see "prisma migrate resolve"`,
      );
    }
    if (row.checksum !== migration.checksum) {
      throw new MigrationError(
        'MIGRATION_EDITED',
        `the migration "${row.migration_name}" was applied with another text than it has now: a database of a development version must be made afresh (npm run demo -- --reset)`,
      );
    }
  }
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       values ($1, $2, clock_timestamp(), $3, now(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback').catch(() => undefined);
    throw new MigrationError('MIGRATION_FAILED', `the migration "${migration.name}" failed and changed nothing: ${String(cause)}`, {
      cause,
    });
  }
}

/**
 * Brings the schema of a database up to date. Safe to call from many processes at once and at every start.
 * @returns the names of the migrations that were applied now
 * @throws MigrationError, StoreUnavailableError
 */
export async function applyMigrations(connectionString: string, options: { migrations?: readonly Migration[] } = {}): Promise<string[]> {
  const migrations = options.migrations ?? (await readMigrations());
  const client = new pg.Client({ connectionString, application_name: 'sluice-migrations', options: `-c lock_timeout=${LOCK_TIMEOUT_MS}` });
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Held by the session: it ends with the connection, however this process ends.
    await client.query(`select pg_advisory_lock(${LOCK_KEY})`);
    await client.query(CREATE_TABLE);
    const { rows } = await client.query<AppliedRow>(
      'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null order by started_at',
    );
    checkHistory(rows, migrations);
    const missing = migrations.filter(({ name }) => !rows.some((row) => row.migration_name === name));
    for (const migration of missing) await applyOne(client, migration);
    return missing.map(({ name }) => name);
  } catch (error) {
    throw translateDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
