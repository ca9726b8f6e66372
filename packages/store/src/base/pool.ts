import { AsyncLocalStorage } from 'node:async_hooks';

import type { Log } from '@sluice/platform/log';
import pg from 'pg';

const INT8_OID = 20;
const CONNECT_TIMEOUT_MS = 5_000;

/** Longest time of a statement, unless its transaction was given another one. */
export const STATEMENT_TIMEOUT_MS = 15_000;

/**
 * Settings of each session. UTC is required, not taste: Prisma sends times without a zone. The timeouts free what a stuck or killed process holds.
 */
const SESSION_SETTINGS = [
  '-c timezone=UTC',
  `-c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
  '-c lock_timeout=10000',
  '-c idle_in_transaction_session_timeout=60000',
].join(' ');

function parseInt8(raw: string): number {
  const value = Number(raw);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${raw} does not fit into a number: cast it to text in the query`);
  return value;
}

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID && format !== 'binary' ? parseInt8 : pg.types.getTypeParser(oid, format as 'text'),
};

/** Where the connection of the transaction that is being started here is put. */
export type ConnectionSlot = { client?: pg.PoolClient };

const slots = new AsyncLocalStorage<ConnectionSlot>();

/**
 * A pool that tells `withConnectionSlot` which connection Prisma took for a transaction, so that plain SQL runs in the same transaction.
 * Only the pool's public `connect` is used for that.
 */
class SharedPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(
    callback: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): void;
  override connect(
    callback?: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): Promise<pg.PoolClient> | undefined {
    if (callback !== undefined) {
      super.connect(callback);
      return undefined;
    }
    return super.connect().then((client) => {
      const slot = slots.getStore();
      if (slot !== undefined) slot.client ??= client;
      return client;
    });
  }
}

/** Runs `work` with a slot that receives the first connection taken inside it. */
export function withConnectionSlot<T>(slot: ConnectionSlot, work: () => Promise<T>): Promise<T> {
  return slots.run(slot, work);
}

/** The pool of a process. `bigint` comes back as a number (an error above 2^53); `timestamptz` as Date, `xid8` as text. */
export function createPool(options: { connectionString: string; size: number; applicationName: string; log: Log }): pg.Pool {
  const pool = new SharedPool({
    connectionString: options.connectionString,
    max: options.size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: options.applicationName,
    options: SESSION_SETTINGS,
    keepAlive: true,
    types: types as pg.CustomTypesConfig,
  });
  // Without a listener the loss of an idle connection would end the process. The next query gets a new connection.
  pool.on('error', (error) => options.log.warn({ err: error }, 'an idle database connection was lost'));
  return pool;
}
