export type HistoryErrorCode = 'LAYOUT_MALFORMED' | 'OBJECT_MISSING';

/** What is in the repository cannot be read as a snapshot. The message says what and where, for people. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly code: HistoryErrorCode;

  constructor(code: HistoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
