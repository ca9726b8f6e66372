// What went wrong in Postgres, whether pg or Prisma reports it: Prisma wraps the driver's error, and the driver wraps the socket's.
import { StoreError, StoreUnavailableError } from '../errors.ts';

/** The facts of a database error that decisions are made from. */
export type DatabaseErrorFacts = { sqlState: string | undefined; constraint: string | undefined; unavailable: boolean };

// https://www.postgresql.org/docs/18/errcodes-appendix.html
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const UNIQUE_VIOLATION = '23505';
// 57014 is a statement or a lock that took too long; 53300 too many connections; 57P01–57P05 stopping, crashed, starting, dropped, idle too long.
const UNAVAILABLE_STATES = new Set(['53300', '57P01', '57P02', '57P03', '57P05', '25P03', '25P04', '55P03', '57014']);
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'EHOSTUNREACH']);
// https://www.prisma.io/docs/orm/reference/error-reference: not reachable (P1001, P1002, P1008, P1017), pool (P2024), transaction API (P2028).
const PRISMA_UNAVAILABLE = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
const PRISMA_CONFLICT = 'P2034';
const MESSAGES_OF_LOST_CONNECTIONS =
  /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|not queryable|Cannot use a pool after calling end/;
const CAUSES_MAX = 8;

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** An error, what it wraps and what Prisma keeps in `meta`, outermost first. */
function layers(error: unknown): unknown[] {
  const found: unknown[] = [];
  let layer = error;
  while (layer !== undefined && layer !== null && found.length < CAUSES_MAX) {
    found.push(layer);
    layer = property(layer, 'cause') ?? property(property(layer, 'meta'), 'driverAdapterError');
  }
  return found;
}

function isConnectionLoss(layer: unknown): boolean {
  const code = text(property(layer, 'code')) ?? text(property(layer, 'originalCode'));
  if (code !== undefined && (SOCKET_CODES.has(code) || UNAVAILABLE_STATES.has(code) || PRISMA_UNAVAILABLE.has(code))) return true;
  // A Unix socket that is gone gives ENOENT, which elsewhere means a missing file.
  if (property(layer, 'syscall') === 'connect') return true;
  // Class 08: connection exceptions.
  if (code !== undefined && /^08[0-9A-Z]{3}$/.test(code)) return true;
  return MESSAGES_OF_LOST_CONNECTIONS.test(text(property(layer, 'message')) ?? '');
}

/** Reads an error of pg, of Prisma or of a socket. */
export function databaseErrorFacts(error: unknown): DatabaseErrorFacts {
  let sqlState: string | undefined;
  let constraint: string | undefined;
  let unavailable = false;
  for (const layer of layers(error)) {
    if (layer instanceof StoreError)
      return { sqlState: undefined, constraint: undefined, unavailable: layer instanceof StoreUnavailableError };
    const code = text(property(layer, 'originalCode')) ?? text(property(layer, 'code'));
    if (code === PRISMA_CONFLICT) sqlState ??= SERIALIZATION_FAILURE;
    else if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^P[0-9]{4}$/.test(code)) sqlState ??= code;
    constraint ??= text(property(layer, 'constraint')) ?? text(property(property(layer, 'constraint'), 'index'));
    unavailable ||= isConnectionLoss(layer);
  }
  return { sqlState, constraint, unavailable };
}

/** Whether Postgres refused a transaction only because of others at the same time: the same work may succeed when done again. */
export function isRetryable(error: unknown): boolean {
  const { sqlState } = databaseErrorFacts(error);
  return sqlState === SERIALIZATION_FAILURE || sqlState === DEADLOCK;
}

/** Unique constraints that people meet, with the thing whose name is taken. */
const NAMES: Record<string, string> = {
  organization_name_key: 'an organization',
  person_email_key: 'a person',
  application_organization_id_name_key: 'an application',
  pipeline_application_id_name_key: 'a pipeline',
  stage_pipeline_id_name_key: 'a stage',
  device_group_organization_id_name_key: 'a group',
  device_organization_id_name_key: 'a device',
};

/** Turns an error of the database into the store's own where it has a meaning for callers; others come back as they are. */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const { sqlState, constraint, unavailable } = databaseErrorFacts(error);
  const named = constraint === undefined ? undefined : NAMES[constraint];
  if (sqlState === UNIQUE_VIOLATION && named !== undefined) {
    return new StoreError('NAME_TAKEN', `There is ${named} with this name already: choose another one.`, { cause: error });
  }
  if (unavailable) {
    return new StoreUnavailableError('The database cannot be reached or is too busy: try again in a moment.', { cause: error });
  }
  if (sqlState === SERIALIZATION_FAILURE || sqlState === DEADLOCK) {
    return new StoreUnavailableError('Too many changes of the same things at once: try again in a moment.', { cause: error });
  }
  return error;
}
