/** Every way in which something signed, sealed or listed can be refused. The names follow the attacks of Uptane and TUF. */
export const trustErrorCodes = [
  'SIGNATURE',
  'ROLLBACK_DETECTED',
  'FREEZE_SUSPECTED',
  'MIX_AND_MATCH',
  'ENDLESS_DATA',
  'WRONG_DEVICE',
  'UNLISTED_FILE',
  'HASH_MISMATCH',
  'EXPIRED',
  'MALFORMED',
] as const;
export type TrustErrorCode = (typeof trustErrorCodes)[number];

/** A refusal. `code` names the attack (or `MALFORMED`), the message says what was seen and what was expected; it never holds a secret. */
export class TrustError extends Error {
  readonly code: TrustErrorCode;

  constructor(code: TrustErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'TrustError';
    this.code = code;
  }
}
