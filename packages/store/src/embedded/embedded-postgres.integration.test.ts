import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startNodeChild } from '@sluice/platform/process';
import { waitFor } from '@sluice/platform/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type EmbeddedPostgres, removeEmbeddedPostgres, startEmbeddedPostgres } from './index.ts';
import { isAlive } from './processes.ts';

let folder: string;

// One cluster for most tests, as making it takes most of the time; each leaves it stopped.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-embedded-'));
  await chmod(folder, 0o755);
});

afterAll(async () => {
  await removeEmbeddedPostgres(folder);
  await rm(folder, { recursive: true, force: true });
});

function start(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ folder, durability: 'none' });
}

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** A process that starts the server, prints its pid and lives on. */
function startOwner() {
  const script = join(import.meta.dirname, 'testing/owner-process.ts');
  return startNodeChild({ name: 'owner', entry: script, args: [folder], environment: { ...process.env }, ready: 'message' });
}

test('when the server is stopped and started again, its data is there, under the same password', async () => {
  const first = await start();
  await query(first.connectionString, 'create table kept as select 42 as answer');
  await first.stop();
  expect(isAlive(first.pid())).toBe(false);
  const second = await start();
  expect(second.connectionString).toBe(first.connectionString);
  expect(await query(second.connectionString, 'select answer from kept')).toEqual([{ answer: 42 }]);
  expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
  const wrong = second.connectionString.replace(/:[^:@]+@/, ':wrong@');
  await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  await second.stop();
  await second.stop();
});

test('when real data is kept, the server makes it durable and listens on no port', async () => {
  const postgres = await startEmbeddedPostgres({ folder });
  const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'TimeZone', 'data_checksums'];
  const rows = await query(
    postgres.connectionString,
    `select name, setting from pg_settings where name in ('${names.join("','")}') order by name`,
  );
  await postgres.stop();
  expect(rows).toEqual([
    { name: 'TimeZone', setting: 'UTC' },
    { name: 'data_checksums', setting: 'on' },
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'listen_addresses', setting: '' },
    { name: 'synchronous_commit', setting: 'on' },
  ]);
});

test('when the password is lost, the start says so and touches nothing', async () => {
  const path = join(folder, 'password');
  const content = await readFile(path, 'utf8');
  await rm(path);
  await expect(start()).rejects.toMatchObject({ code: 'INITIALISE_FAILED' });
  await writeFile(path, content, { mode: 0o600 });
  const postgres = await start();
  expect(await query(postgres.connectionString, 'select answer from kept')).toEqual([{ answer: 42 }]);
  await postgres.stop();
});

test('when its owner lives, a second start is refused and disturbs nothing', async () => {
  const postgres = await start();
  await expect(start()).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
  expect(await query(postgres.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  await postgres.stop();
});

test('when its owner is killed with -9, the server ends by itself, and the next start works', async () => {
  const owner = await startOwner();
  const pid = Number(owner.readyDetails['pid']);
  expect(isAlive(pid)).toBe(true);
  owner.kill('SIGKILL');
  await waitFor('the server to end', () => !isAlive(pid));
  const next = await start();
  expect(await query(next.connectionString, 'select * from mark')).toEqual([{ id: 1 }]);
  await next.stop();
});

test('when a server was left running by a dead owner, the next start stops it and starts its own', async () => {
  const postgres = await start();
  await query(postgres.connectionString, 'create table left_behind as select 1 as id');
  // As after a kill of the owner and of the watcher: the server runs, the mark names nobody.
  await rm(join(folder, 'owner'));
  const messages: string[] = [];
  const next = await startEmbeddedPostgres({ folder, durability: 'none', onProgress: (message) => messages.push(message) });
  expect(messages.join()).toContain('left behind');
  expect(next.pid()).not.toBe(postgres.pid());
  expect(isAlive(postgres.pid())).toBe(false);
  expect(await query(next.connectionString, 'select id from left_behind')).toEqual([{ id: 1 }]);
  await next.stop();
});

test('when the machine died and the old pid belongs to somebody else now, that one is left alone', async () => {
  const first = await start();
  const pidFile = join(folder, 'data/postmaster.pid');
  const content = await readFile(pidFile, 'utf8');
  await first.restart('kill');
  await first.stop();
  // Our own pid stands for a stranger's process.
  await writeFile(pidFile, content.replace(/^\d+/, String(process.pid)));
  await writeFile(join(folder, 'owner'), '999999 1\n');
  const next = await start();
  expect(await query(next.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  await next.stop();
});

test('when the first start was interrupted and the path is too long for a socket, a start still works', async () => {
  const deep = join(folder, 'a'.repeat(60), 'b'.repeat(60));
  await mkdir(join(deep, 'data.new/base'), { recursive: true });
  const postgres = await startEmbeddedPostgres({ folder: deep, durability: 'none' });
  expect(await query(postgres.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  await postgres.stop();
  await removeEmbeddedPostgres(deep);
});

test('when the folder lets nobody through, root keeps the cluster elsewhere, and removing it leaves nothing', async () => {
  const closed = join(folder, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const inner = join(closed, 'postgres');
  const postgres = await startEmbeddedPostgres({ folder: inner, durability: 'none' });
  const [row] = (await query(postgres.connectionString, 'show data_directory')) as { data_directory: string }[];
  const data = row?.data_directory ?? '';
  const isRoot = process.getuid?.() === 0;
  expect(data.startsWith(folder)).toBe(!isRoot);
  await query(postgres.connectionString, 'create table old as select 1 as id');
  await postgres.stop();
  // Whoever removes the data folder starts afresh, wherever the cluster lies.
  await rm(inner, { recursive: true });
  const afresh = await startEmbeddedPostgres({ folder: inner, durability: 'none' });
  await expect(query(afresh.connectionString, 'select * from old')).rejects.toMatchObject({ code: '42P01' });
  await afresh.stop();
  await removeEmbeddedPostgres(inner);
  await expect(stat(data)).rejects.toMatchObject({ code: 'ENOENT' });
});
