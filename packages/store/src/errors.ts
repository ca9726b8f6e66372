import type { ProblemCode } from '@sluice/contracts';

/** A refusal of the store, with a code that clients of the API see. The message is for them too: it says what happened and what to do. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Postgres cannot be reached, is starting or stopping, or gave no connection in time. Whether a commit under way took place is unknown. */
export class StoreUnavailableError extends StoreError {
  override readonly name = 'StoreUnavailableError';

  constructor(message: string, options?: ErrorOptions) {
    super('UNAVAILABLE', message, options);
  }
}

/** The thing does not exist, or belongs to another organization, which is the same to the asker. */
export function notFound(what: string, id: string): StoreError {
  return new StoreError('NOT_FOUND', `There is no ${what} ${id}.`);
}

/** `If-Match` named a version that is not the newest one. */
export function versionStale(what: string, id: string, newest: number): StoreError {
  return new StoreError(
    'VERSION_STALE',
    `The ${what} ${id} was changed meanwhile (its version is ${newest} now): read it again and repeat the change.`,
  );
}

/** The thing is in a state in which this cannot be done. */
export function stateConflict(detail: string): StoreError {
  return new StoreError('STATE_CONFLICT', detail);
}
