export { databaseErrorFacts, isRetryable } from './base/database-error.ts';
export { createStore, type Store, type StoreOptions, type TransactionOptions } from './base/store.ts';
export type { Transaction } from './base/transaction.ts';
export { CHANGE_CHANNEL, DESIRED_CHANNEL } from './changes/record.ts';
export { StoreError, StoreUnavailableError } from './errors.ts';
export type { NewLedgerEntry, RecordedEntry } from './ledger/record.ts';
export { applyMigrations, MigrationError, type MigrationErrorCode } from './migrations/apply.ts';
export * from './rollouts/index.ts';
export * from './device-protocol/index.ts';
