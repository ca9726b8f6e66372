import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { type Clock, systemClock } from '@sluice/platform/clock';
import pg from 'pg';

import { serverAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster, SUPERUSER } from './cluster.ts';
import { makeFolders, SHARED_FOLDER } from './folders.ts';
import { giveUpOwnership, takeOwnership } from './owner.ts';
import { type RunningServer, runningServer, startServer, stopServer } from './server.ts';
import { type Durability, serverSettings } from './settings.ts';

export type EmbeddedPostgresOptions = {
  /** Everything lies in here; kept between starts. One living process may use it at a time. */
  folder: string;
  /** Database to make when it is missing (default `sluice`). */
  database?: string;
  /** Default `durable`. */
  durability?: Durability;
  clock?: Clock;
  /** Lines for people about what takes time. */
  onProgress?: (message: string) => void;
};

/** A private Postgres server that runs as a child of this process. */
export type EmbeddedPostgres = {
  /** Of the database named in the options. */
  connectionString: string;
  /** Connection string of another database of the same server. */
  connectionStringOf(database: string): string;
  pid(): number;
  /** Resolves when the server ends, whoever ended it; after a restart ask again. */
  exited(): Promise<void>;
  /** Stops and starts it again; connections break, the connection string stays. `kill` ends it like a power cut. */
  restart(how?: 'fast' | 'kill'): Promise<void>;
  /** Graceful; harmless when it has ended already. */
  stop(): Promise<void>;
};

function connectionStringFor(database: string, secret: string, socketFolder: string): string {
  return `postgresql://${SUPERUSER}:${secret}@localhost:5432/${database}?host=${encodeURIComponent(socketFolder)}`;
}

async function ensureDatabase(adminConnectionString: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminConnectionString });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

/**
 * Starts a private Postgres in a folder: makes the cluster at the first start, stops a server that an earlier process left running there.
 * The server ends with this process, however that ends.
 * @throws EmbeddedPostgresError with a code and what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { clock = systemClock, durability = 'durable', database = 'sluice', onProgress = () => undefined } = options;
  const account = await serverAccount();
  const folders = await makeFolders(options.folder, account);
  await takeOwnership(folders.root);
  try {
    const leftBehind = await runningServer(folders.data);
    if (leftBehind !== undefined) {
      onProgress(`stopping the Postgres that an earlier start left behind (process ${leftBehind})`);
      await stopServer(leftBehind, clock);
    }
    const binaries = await findBinaries(account, SHARED_FOLDER);
    const secret = await ensureCluster(folders, binaries, { account, durability, onProgress });
    const settings = serverSettings({ socketFolder: folders.socket, logFolder: folders.log, durability });
    const start = (): Promise<RunningServer> =>
      startServer({ program: binaries.postgres, dataFolder: folders.data, logFolder: folders.log, settings, account, clock });
    onProgress('starting Postgres');
    let server = await start();
    const connectionStringOf = (name: string): string => connectionStringFor(name, secret, folders.socket);
    await ensureDatabase(connectionStringOf('postgres'), database);
    return {
      connectionString: connectionStringOf(database),
      connectionStringOf,
      pid: () => server.pid,
      exited: () => server.exited,
      restart: async (how = 'fast') => {
        if (how === 'kill') process.kill(server.pid, 'SIGKILL');
        else await stopServer(server.pid, clock);
        await server.exited;
        server = await start();
      },
      stop: async () => {
        await stopServer(server.pid, clock);
        await server.exited;
        await giveUpOwnership(folders.root);
      },
    };
  } catch (error) {
    await giveUpOwnership(folders.root);
    throw error;
  }
}

/**
 * Removes the cluster of a folder with all its data, wherever it lies; a server that was left behind is stopped first.
 * @throws EmbeddedPostgresError FOLDER_IN_USE when a living process has it
 */
export async function removeEmbeddedPostgres(folder: string, clock: Clock = systemClock): Promise<void> {
  const folders = await makeFolders(folder, await serverAccount());
  await takeOwnership(folders.root);
  const leftBehind = await runningServer(folders.data);
  if (leftBehind !== undefined) await stopServer(leftBehind, clock);
  const made = [folders.data, `${folders.data}.new`, `${folders.data}.old`, folders.socket, folders.log, join(folders.root, 'password')];
  for (const path of made) await rm(path, { recursive: true, force: true });
  await giveUpOwnership(folders.root);
  if (folders.home !== folders.root) await rm(folders.home, { recursive: true, force: true });
}
