import { expect, test } from 'vitest';

import { StoreError, StoreUnavailableError } from '../errors.ts';
import { databaseErrorFacts, isRetryable, translateDatabaseError } from './database-error.ts';

function failure(fields: object): Error {
  return Object.assign(new Error('message'), fields);
}

/** As Prisma wraps what the driver adapter reports. */
function wrapped(cause: object, code = 'P2010'): Error {
  return failure({ code, meta: { driverAdapterError: failure({ name: 'DriverAdapterError', cause }) } });
}

test.each([
  ['a serialization failure of pg', failure({ code: '40001' })],
  ['a deadlock of pg', failure({ code: '40P01' })],
  ["Prisma's own word for both", failure({ code: 'P2034' })],
  ['a deadlock inside an error of Prisma', wrapped({ originalCode: '40P01', kind: 'TransactionWriteConflict' })],
])('when the error is %s, the transaction may be done again', (_what, error) => {
  expect(isRetryable(error)).toBe(true);
});

test.each([
  ['a refused connection', failure({ code: 'ECONNREFUSED' })],
  ['a missing socket', failure({ code: 'ENOENT', syscall: 'connect' })],
  ['a stopping server', failure({ code: '57P01' })],
  ['a starting server inside an error of Prisma', wrapped({ originalCode: '57P03', kind: 'postgres' })],
  ['a connection exception', failure({ code: '08006' })],
  ['a lost connection without a code', new Error('Connection terminated unexpectedly')],
  ['no free connection', new Error('timeout exceeded when trying to connect')],
  ['a transaction that took too long', failure({ code: 'P2028' })],
  ['a lock that took too long', failure({ code: '55P03' })],
])('when the error is %s, the database is unavailable and nothing is done again', (_what, error) => {
  expect(isRetryable(error)).toBe(false);
  expect(translateDatabaseError(error)).toBeInstanceOf(StoreUnavailableError);
});

test('when a name is taken, the error says so, from pg and from Prisma', () => {
  const fields = { code: '23505', constraint: 'application_organization_id_name_key' };
  expect(translateDatabaseError(failure(fields))).toMatchObject({ code: 'NAME_TAKEN' });
  const kind = { originalCode: '23505', kind: 'UniqueConstraintViolation', constraint: { index: 'application_organization_id_name_key' } };
  expect(translateDatabaseError(wrapped(kind, 'P2002'))).toMatchObject({ code: 'NAME_TAKEN' });
});

test('when another constraint is broken, the error stays a failure of ours', () => {
  const error = failure({ code: '23505', constraint: 'wave_pkey' });
  expect(translateDatabaseError(error)).toBe(error);
});

test('when the store refused already, its error stays', () => {
  const error = new StoreError('NOT_FOUND', 'There is none.', { cause: failure({ code: '40001' }) });
  expect(translateDatabaseError(error)).toBe(error);
  expect(isRetryable(error)).toBe(false);
  expect(databaseErrorFacts(error).unavailable).toBe(false);
});

test('when a file is missing, that is no outage', () => {
  expect(translateDatabaseError(failure({ code: 'ENOENT', syscall: 'open' }))).not.toBeInstanceOf(StoreUnavailableError);
});
