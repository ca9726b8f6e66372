/** An answer of the control plane that is not success. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** `code` of its problem details; undefined when there were none. */
  readonly code: string | undefined;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, options: { code?: string | undefined; detail?: string | undefined; retryAfterMs?: number | undefined } = {}) {
    super(`the control plane answered ${status}${options.code === undefined ? '' : ` ${options.code}`}: ${options.detail ?? 'no details'}`);
    this.status = status;
    this.code = options.code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Something answered that is not the control plane: a captive portal, a proxy's error page. Worth another try, never an answer. */
export class NotControlPlaneError extends Error {
  override readonly name = 'NotControlPlaneError';
}
