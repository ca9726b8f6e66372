import type { PolicyFinding, ProblemCode } from '@sluice/contracts';

/** A bad place in a request: a JSON pointer (RFC 6901) into it and what is wrong there. */
export type FieldError = { pointer: string; detail: string };

type ApiErrorOptions = { errors?: FieldError[]; findings?: readonly PolicyFinding[]; headers?: Record<string, string>; cause?: unknown };

/** An answer other than success that a service decides for. `detail` is public: it says what to do and never holds a secret. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ProblemCode;
  readonly errors: FieldError[] | undefined;
  readonly findings: readonly PolicyFinding[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, options: ApiErrorOptions = {}) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.errors = options.errors;
    this.findings = options.findings;
    this.headers = options.headers ?? {};
  }
}

/** The answer for everything that does not exist, and for everything of another organization. */
export function notFound(what: string): ApiError {
  return new ApiError('NOT_FOUND', `There is no such ${what} in this organization.`);
}
