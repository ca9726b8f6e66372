import { type PolicyFinding, type Problem, type ProblemCode, problemStatus, type StayReason } from '@sluice/contracts';
import type { FieldError } from './api-error.ts';

export const problemMediaType = 'application/problem+json; charset=utf-8';

/** What one request that failed answers with, before the trace id is known. */
export type Failure = {
  code: ProblemCode;
  detail: string;
  errors?: FieldError[];
  findings?: readonly PolicyFinding[];
  reasons?: StayReason[];
  headers?: Record<string, string>;
};

/** `NOT_FOUND` → `Not found`. */
function titleOf(code: ProblemCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The problem details (RFC 9457) of a failure. */
export function problemOf(failure: Failure, traceId: string): Problem {
  return {
    type: `urn:sluice:problem:${failure.code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(failure.code),
    status: problemStatus[failure.code],
    code: failure.code,
    detail: failure.detail,
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
    ...(failure.findings === undefined ? {} : { findings: [...failure.findings] }),
    ...(failure.reasons === undefined ? {} : { reasons: failure.reasons }),
    traceId,
  };
}
