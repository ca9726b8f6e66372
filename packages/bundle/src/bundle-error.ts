import type { ProblemCode } from '@sluice/contracts';

export type BundleErrorCode = Extract<ProblemCode, 'BUNDLE_MALFORMED' | 'BUNDLE_UNTRUSTED' | 'BUNDLE_TOO_LARGE' | 'INTEGRITY_MISMATCH'>;

/** A bundle that is refused. The message is for people: what is wrong, and what to do. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code: BundleErrorCode;

  constructor(code: BundleErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

export const malformed = (why: string, cause?: unknown): BundleError =>
  new BundleError('BUNDLE_MALFORMED', `This is no whole bundle of a release: ${why}. Fetch it again.`, { cause });
