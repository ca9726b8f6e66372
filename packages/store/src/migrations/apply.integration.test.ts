import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as contracts from '@sluice/contracts';
import { createTestDatabase, TEST_POSTGRES_VARIABLE, type TestDatabase } from '@sluice/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { applyMigrations } from './apply.ts';
import { newestSchema, PRISMA_FOLDER, readMigrations } from './files.ts';
import { schemaDifference } from './schema-engine.ts';

let migrated: TestDatabase;
let admin: pg.Client;
const empty: string[] = [];

beforeAll(async () => {
  migrated = await createTestDatabase();
  admin = new pg.Client({ connectionString: process.env[TEST_POSTGRES_VARIABLE] });
  await admin.connect();
});

afterAll(async () => {
  await migrated.drop();
  for (const name of empty) await admin.query(`drop database ${name} with (force)`);
  await admin.end();
});

async function emptyDatabase(): Promise<string> {
  const name = `sluice_empty_${process.pid}_${empty.length}`;
  await admin.query(`create database ${name}`);
  empty.push(name);
  const url = new URL(migrated.connectionString);
  url.pathname = `/${name}`;
  return url.toString();
}

async function rowsOf<R>(connectionString: string, text: string): Promise<R[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows as R[];
  } finally {
    await client.end();
  }
}

const small = (name: string, sql: string) => ({ name, sql, checksum: Buffer.from(sql).toString('hex').slice(0, 64) });

test('when six processes migrate an empty database at once, one does it and the others find nothing to do', async () => {
  const connectionString = await emptyDatabase();
  const all = (await readMigrations()).map(({ name }) => name);
  const applied = await Promise.all(Array.from({ length: 6 }, () => applyMigrations(connectionString)));
  expect(applied.filter((names) => names.length > 0)).toEqual([all]);
  expect(await applyMigrations(connectionString)).toEqual([]);
});

test('when the database was migrated by a newer version, it is refused and stays as it is', async () => {
  const connectionString = await emptyDatabase();
  const first = small('1_first', 'create table a (id int)');
  const second = small('2_second', 'create table b (id int)');
  await applyMigrations(connectionString, { migrations: [first, second] });
  const third = small('3_third', 'create table c (id int)');
  await expect(applyMigrations(connectionString, { migrations: [first, third] })).rejects.toMatchObject({ code: 'DATABASE_NEWER' });
  expect(await rowsOf(connectionString, "select to_regclass('c') as c")).toEqual([{ c: null }]);
});

test('when a migration is applied, its changes and its line are one transaction', async () => {
  const connectionString = await emptyDatabase();
  await applyMigrations(connectionString, { migrations: [small('1_first', 'create table a (id int)')] });
  const together = "select m.xmin = c.xmin as together from _prisma_migrations m, pg_class c where c.relname = 'a'";
  expect(await rowsOf(connectionString, together)).toEqual([{ together: true }]);
});

test('when an applied migration has another text now, it is refused', async () => {
  const connectionString = await emptyDatabase();
  await applyMigrations(connectionString, { migrations: [small('1_first', 'create table a (id int)')] });
  const edited = small('1_first', 'create table a (id bigint)');
  await expect(applyMigrations(connectionString, { migrations: [edited] })).rejects.toMatchObject({ code: 'MIGRATION_EDITED' });
});

test('when a migration fails in its middle, nothing of it stays and it can be tried again', async () => {
  const connectionString = await emptyDatabase();
  const bad = small('1_first', 'create table a (id int); create table a (id int);');
  await expect(applyMigrations(connectionString, { migrations: [bad] })).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
  expect(await rowsOf(connectionString, 'select migration_name from _prisma_migrations')).toEqual([]);
  expect(await applyMigrations(connectionString, { migrations: [small('1_first', 'create table a (id int)')] })).toEqual(['1_first']);
});

test('when the Prisma schema is compared with the newest migration, nothing is missing', async () => {
  const schema = await readFile(join(PRISMA_FOLDER, 'schema.prisma'), 'utf8');
  // A difference means: run `npm run migration:create` (or, until the first release, `migration:initial`).
  expect(await schemaDifference(migrated.connectionString, await newestSchema(), schema)).toBe('');
});

test('when the by-hand part of the initial migration is edited, the migration holds it', async () => {
  const folder = join(PRISMA_FOLDER, 'migrations/20261122000000_initial');
  const [byHand, migration] = await Promise.all(['by-hand.sql', 'migration.sql'].map((name) => readFile(join(folder, name), 'utf8')));
  expect(migration?.endsWith(byHand ?? 'missing')).toBe(true);
});

test("when the table of migrations is read, it has the columns that Prisma's own tools expect", async () => {
  const columns = await rowsOf<{ name: string }>(
    migrated.connectionString,
    "select column_name as name from information_schema.columns where table_name = '_prisma_migrations' order by ordinal_position",
  );
  expect(columns.map(({ name }) => name)).toEqual([
    'id',
    'checksum',
    'finished_at',
    'migration_name',
    'logs',
    'rolled_back_at',
    'started_at',
    'applied_steps_count',
  ]);
});

test.each([
  ['membership', 'role', contracts.roles],
  ['api_token', 'role', contracts.roles],
  ['signing_key', 'role', contracts.trustRoles],
  ['device', 'approval', contracts.deviceApprovals],
  ['variable_version', 'scope', contracts.variableScopes],
  ['data_key', 'state', contracts.encryptionKeyStates],
  ['rollout', 'state', contracts.rolloutStates],
  ['wave', 'state', contracts.waveStates],
  ['deployment', 'state', contracts.deploymentStates],
  ['device_capture', 'state', contracts.captureStates],
  ['deployment', 'failure_detail', contracts.failureDetails],
  ['change_event', 'kind', contracts.changeKinds],
])('when %s.%s is checked by the database, it knows the words of the contracts', async (table, column, words) => {
  const [check] = await rowsOf<{ definition: string }>(
    migrated.connectionString,
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conname = '${table}_${column}_check'`,
  );
  const known = [...(check?.definition ?? '').matchAll(/'([a-z_]+)'::text/g)].map(([, word]) => word);
  expect(known.sort()).toEqual([...words].sort());
});

const open = contracts.deploymentStates.filter((state) => !(contracts.terminalDeploymentStates as readonly string[]).includes(state));

test.each([
  ['deployment_one_active_per_device', open.filter((state) => state !== 'scheduled')],
  ['deployment_open', open],
])('when deployments are active or open, the index %s has exactly those states', async (name, states) => {
  const [index] = await rowsOf<{ indexdef: string }>(
    migrated.connectionString,
    `select indexdef from pg_indexes where indexname = '${name}'`,
  );
  const known = [...(index?.indexdef ?? '').matchAll(/'([a-z_]+)'::text/g)].map(([, word]) => word ?? '');
  expect(known.sort()).toEqual([...states].sort());
});
