// npm run migration:create -w @sluice/store -- <name>     a new migration from the difference to the newest one
// npm run migration:initial -w @sluice/store              writes the initial migration anew (until there is data to keep)
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '@sluice/platform/clock';

import { removeEmbeddedPostgres, startEmbeddedPostgres } from '../embedded/index.ts';
import { newestSchema, PRISMA_FOLDER } from './files.ts';
import { schemaDifference } from './schema-engine.ts';

const MIGRATIONS = join(PRISMA_FOLDER, 'migrations');
const INITIAL = '20261122000000_initial';

async function withPostgres<T>(work: (connectionString: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-migration-'));
  const postgres = await startEmbeddedPostgres({ folder, durability: 'none' });
  try {
    return await work(postgres.connectionString);
  } finally {
    await postgres.stop();
    await removeEmbeddedPostgres(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(name: string, sql: string, schema: string): Promise<void> {
  await mkdir(join(MIGRATIONS, name), { recursive: true });
  await writeFile(join(MIGRATIONS, name, 'migration.sql'), sql);
  await writeFile(join(MIGRATIONS, name, 'schema.prisma'), schema);
  console.log(`wrote prisma/migrations/${name}/migration.sql: read it before you commit it`);
}

const schema = await readFile(join(PRISMA_FOLDER, 'schema.prisma'), 'utf8');
const [mode, given = ''] = process.argv.slice(2);
if (mode === 'initial') {
  const generated = await withPostgres((connectionString) => schemaDifference(connectionString, undefined, schema));
  const byHand = await readFile(join(MIGRATIONS, INITIAL, 'by-hand.sql'), 'utf8');
  await write(INITIAL, `${generated}\n${byHand}`, schema);
} else if (/^[a-z0-9_]{3,60}$/.test(given)) {
  const before = await newestSchema();
  const sql = await withPostgres((connectionString) => schemaDifference(connectionString, before, schema));
  const timestamp = new Date(systemClock.now()).toISOString().replace(/\D/g, '').slice(0, 14);
  await write(`${timestamp}_${given}`, sql === '' ? '-- The Prisma schema did not change: write the SQL by hand.\n' : sql, schema);
} else {
  console.error('usage: npm run migration:create -w @sluice/store -- <name in lower case with underscores>');
  process.exitCode = 2;
}
