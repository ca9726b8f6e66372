import { PrismaPg } from '@prisma/adapter-pg';
import type { Clock } from '@sluice/platform/clock';
import { type Log, silentLog } from '@sluice/platform/log';
import { createUuids, type Random } from '@sluice/platform/random';
import { retry } from '@sluice/platform/retry';
import type pg from 'pg';

import { type Prisma, PrismaClient } from '../generated/client.ts';
import type { NewLedgerEntry } from '../ledger/record.ts';
import { isToldToWebhooks, tellWebhooks } from '../webhooks/ledger-events.ts';
import { isRetryable, translateDatabaseError } from './database-error.ts';
import { createNotifier } from './notifier.ts';
import { type ConnectionSlot, createPool, STATEMENT_TIMEOUT_MS, withConnectionSlot } from './pool.ts';
import { statementOf } from './prepared.ts';
import { buildTransaction, type Transaction } from './transaction.ts';

export type StoreOptions = {
  connectionString: string;
  /** Most connections at once (default 10). */
  poolSize?: number;
  /** How the sessions show in pg_stat_activity (default `sluice`). */
  applicationName?: string;
  clock: Clock;
  random: Random;
  log?: Log;
};

export type TransactionOptions = {
  isolation?: 'ReadCommitted' | 'RepeatableRead' | 'Serializable';
  /** Longest time of one attempt, and of each of its statements (default 15 s). */
  timeoutMs?: number;
};

/** The door to Postgres. Only functions of this package read `prisma`; apps call those functions. */
export type Store = {
  prisma: PrismaClient;
  pool: pg.Pool;
  clock: Clock;
  /** Reads outside of a transaction: rows with the column names you select. */
  query<R>(text: string, parameters?: readonly unknown[]): Promise<R[]>;
  /**
   * Runs `work` in one transaction, again from its start when Postgres reports a conflict with others: `work` must have no effects but its writes.
   * @throws StoreError with a stable code; StoreUnavailableError when Postgres is away; any error of `work`
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** @throws StoreUnavailableError */
  ping(): Promise<void>;
  close(): Promise<void>;
};

const CONFLICT_RETRY = { attemptsMax: 6, baseDelayMs: 10, delayMsMax: 250 };
const CONNECTION_WAIT_MS = 5_000;

type Parts = { options: StoreOptions; log: Log; prisma: PrismaClient; uuid: () => string; notify: (channel: string) => void };

async function attempt<T>(parts: Parts, work: (tx: Transaction) => Promise<T>, options: TransactionOptions) {
  const effects: (() => void | Promise<void>)[] = [];
  const slot: ConnectionSlot = {};
  const inside = async (prisma: Prisma.TransactionClient): Promise<T> => {
    if (slot.client === undefined) throw new Error('Prisma began a transaction without taking a connection of the pool');
    // Postgres has to give up by itself: a rollback would wait for the statement that runs.
    if (options.timeoutMs !== undefined) await slot.client.query(`set local statement_timeout = ${Math.ceil(options.timeoutMs)}`);
    const told: NewLedgerEntry[] = [];
    const tx = buildTransaction({
      prisma,
      client: slot.client,
      now: new Date(parts.options.clock.now()),
      uuid: parts.uuid,
      notify: (channel) => effects.push(() => parts.notify(channel)),
      afterCommit: (effect) => effects.push(effect),
      onRecorded: (entries) => told.push(...entries.filter(isToldToWebhooks)),
    });
    const result = await work(tx);
    await tellWebhooks(tx, told);
    return result;
  };
  const result = await withConnectionSlot(slot, () =>
    parts.prisma.$transaction(inside, {
      maxWait: CONNECTION_WAIT_MS,
      timeout: options.timeoutMs ?? STATEMENT_TIMEOUT_MS,
      ...(options.isolation === undefined ? {} : { isolationLevel: options.isolation }),
    }),
  );
  return { result, effects };
}

/** What is committed stays committed: effects are hints, so a failing one is logged and the others still run. */
async function runEffects(effects: readonly (() => void | Promise<void>)[], log: Log): Promise<void> {
  for (const effect of effects) {
    try {
      await effect();
    } catch (error) {
      log.warn({ err: error }, 'an effect after a commit failed; a sweep will repair it');
    }
  }
}

/** Opens the store. Nothing is connected until the first query. */
export function createStore(options: StoreOptions): Store {
  const log = options.log ?? silentLog;
  const pool = createPool({
    connectionString: options.connectionString,
    size: options.poolSize ?? 10,
    applicationName: options.applicationName ?? 'sluice',
    log,
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const notifier = createNotifier(pool, log);
  const parts: Parts = { options, log, prisma, uuid: createUuids(options.clock, options.random), notify: notifier.notify };
  const query: Store['query'] = async <R>(text: string, parameters: readonly unknown[] = []) => {
    try {
      return (await pool.query(statementOf(text, parameters))).rows as R[];
    } catch (error) {
      throw translateDatabaseError(error);
    }
  };
  return {
    prisma,
    pool,
    clock: options.clock,
    query,
    transaction: async (work, transactionOptions = {}) => {
      try {
        const { clock, random } = options;
        const done = await retry(() => attempt(parts, work, transactionOptions), { clock, random, policy: CONFLICT_RETRY, isRetryable });
        await runEffects(done.effects, log);
        return done.result;
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },
    ping: async () => void (await query('select 1')),
    close: async () => {
      await notifier.close();
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
