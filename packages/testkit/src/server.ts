import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '@sluice/platform/clock';
import { applyMigrations } from '@sluice/store';
import { type EmbeddedPostgres, removeEmbeddedPostgres, startEmbeddedPostgres } from '@sluice/store/embedded';
import { migrationsDigest } from '@sluice/store/testing';
import pg from 'pg';

/** Names a Postgres server for tests (connection string of a superuser); without it each run starts its own. */
export const TEST_POSTGRES_VARIABLE = 'SLUICE_TEST_POSTGRES';

// Any number nobody else uses: two runs on one server make the template one after the other.
const TEMPLATE_LOCK = 7094482193012672n;

/** The connection string of another database of the same server. */
export function withDatabase(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${database}`;
  return url.toString();
}

/** Runs `work` with one connection to the server. */
export async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The name says which migrations are inside, so that a reused server never gives an old schema. */
export async function templateName(): Promise<string> {
  return `sluice_template_${(await migrationsDigest()).slice(0, 16)}`;
}

/** Makes the template database with all migrations, unless the server has it. */
export async function ensureTemplate(serverConnectionString: string): Promise<void> {
  const name = await templateName();
  await withClient(serverConnectionString, async (client) => {
    await client.query(`select pg_advisory_lock(${TEMPLATE_LOCK})`);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1 and datistemplate', [name]);
    if (rowCount === 1) return;
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name}`);
    await applyMigrations(withDatabase(serverConnectionString, name));
    await client.query(`alter database ${name} is_template true`);
  });
}

const FOLDER_PREFIX = 'sluice-test-';
const ABANDONED_AFTER_MS = 10 * 60_000;

/** Removes what runs that were killed have left. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    try {
      // A folder of a run that just begins has no owner yet.
      if (systemClock.now() - (await stat(folder)).mtimeMs < ABANDONED_AFTER_MS) continue;
      await removeEmbeddedPostgres(folder);
      await rm(folder, { recursive: true, force: true });
    } catch {
      // In use, of another user, or just removed by another run: not ours to care about.
    }
  }
}

/** A server of our own in a temporary folder; `stop` removes it with all its data. */
export async function startTestPostgres(): Promise<EmbeddedPostgres> {
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  // The server's account must get through when root runs the tests.
  await chmod(folder, 0o755);
  const postgres = await startEmbeddedPostgres({ folder, durability: 'none', database: 'sluice' });
  return {
    ...postgres,
    stop: async () => {
      await postgres.stop();
      await removeEmbeddedPostgres(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
