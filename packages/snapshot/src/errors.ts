/** Why something cannot become part of a snapshot. Each code is also a problem code of the API. */
export const snapshotErrorCodes = [
  'ARCHIVE_MALFORMED',
  'ARCHIVE_TOO_LARGE',
  'FLOWS_MALFORMED',
  'FLOWS_NOT_FOUND',
  'FLOWS_TOO_LARGE',
  'CREDENTIALS_UNREADABLE',
  'PACKAGE_MALFORMED',
  'LOCK_MALFORMED',
  'LOCK_MISMATCH',
  'PROJECT_MALFORMED',
] as const;
export type SnapshotErrorCode = (typeof snapshotErrorCodes)[number];

/**
 * A refusal. The message says what is wrong, why that matters and what to do; `pointer` (RFC 6901) says where, and is '' for the whole file.
 * The message never repeats the content, which may hold secrets.
 */
export class SnapshotError extends Error {
  readonly code: SnapshotErrorCode;
  readonly pointer: string;

  constructor(code: SnapshotErrorCode, message: string, options: { pointer?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'SnapshotError';
    this.code = code;
    this.pointer = options.pointer ?? '';
  }
}
