export type EmbeddedPostgresErrorCode =
  | 'PLATFORM_UNSUPPORTED'
  | 'FOLDER_IN_USE'
  | 'FOLDER_UNREACHABLE'
  | 'INITIALISE_FAILED'
  | 'START_FAILED'
  | 'STOP_FAILED';

/** The private Postgres could not be made, started or stopped; the message says why and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
