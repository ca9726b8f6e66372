import type { GitRemoteErrorCode } from '@sluice/contracts';

/** A remote repository did not do what was wanted. The message says what happened, why and what to do; it never holds a secret. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: GitRemoteErrorCode;

  constructor(code: GitRemoteErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
