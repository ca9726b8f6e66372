import type { PolicyFinding, Problem, ProblemCode } from '@sluice/contracts';

/** `UNREACHABLE` and `UNREADABLE` are the console's own: no answer came, or none that it understands. */
export type FailureCode = ProblemCode | 'UNREACHABLE' | 'UNREADABLE';

/** The control plane refused a call, or did not answer. `message` is for people and says what to do. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: FailureCode;
  readonly title: string;
  /** 0 when no answer came. */
  readonly status: number;
  readonly traceId: string | null;
  readonly errors: readonly { pointer: string; detail: string }[];
  /** What policies found, when that is why the call was refused. */
  readonly findings: readonly PolicyFinding[];

  constructor(problem: Pick<Problem, 'title' | 'status' | 'detail' | 'errors' | 'findings'> & { code: FailureCode; traceId?: string }) {
    super(problem.detail);
    this.code = problem.code;
    this.title = problem.title;
    this.status = problem.status;
    this.traceId = problem.traceId ?? null;
    this.errors = problem.errors ?? [];
    this.findings = problem.findings ?? [];
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  return ['code', 'title', 'detail'].every((name) => typeof Reflect.get(value, name) === 'string');
}

/** The failure that an answer other than success stands for. `body` is its parsed JSON, or undefined. */
export function failureOfAnswer(status: number, body: unknown): ApiFailure {
  if (isProblem(body)) return new ApiFailure({ ...body, status });
  const detail = `The answer (status ${status}) is not one of the control plane's. Something between this browser and the control plane may have given it.`;
  return new ApiFailure({ code: 'UNREADABLE', title: 'Unexpected answer', status, detail });
}

/** The failure of a call that was never answered. */
export function unreachable(): ApiFailure {
  const detail = 'The control plane does not answer. The devices go on with what they run; this page tries again.';
  return new ApiFailure({ code: 'UNREACHABLE', title: 'No connection', status: 0, detail });
}

/** Whether the person has to sign in (again). */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 401;
}

/** Whether asking again may help: not for what the control plane refused. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 0 || error.status >= 500);
}
