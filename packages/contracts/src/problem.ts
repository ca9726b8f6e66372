import { type Static, Type } from 'typebox';
import { PolicyFinding } from './resources/policies.ts';

/**
 * Every code a `problem+json` answer of the control plane can carry, with its HTTP status.
 * A code is stable: clients decide by it, never by the text.
 */
export const problemStatus = {
  BAD_REQUEST: 400,
  VALIDATION_FAILED: 400,
  CURSOR_INVALID: 400,
  SIGNATURE_INVALID: 400,
  UNAUTHENTICATED: 401,
  CREDENTIALS_WRONG: 401,
  TOKEN_EXPIRED: 401,
  TOKEN_REVOKED: 401,
  NONCE_INVALID: 401,
  FORBIDDEN: 403,
  CROSS_SITE_REQUEST: 403,
  ENROLLMENT_CODE_INVALID: 403,
  ENROLLMENT_CODE_EXPIRED: 403,
  ENROLLMENT_CODE_EXHAUSTED: 403,
  DEVICE_PENDING: 403,
  DEVICE_REVOKED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  NAME_TAKEN: 409,
  IDEMPOTENCY_KEY_REUSED: 409,
  STATE_CONFLICT: 409,
  CAPTURE_OPEN: 409,
  CAPTURE_EXPIRED: 409,
  STAGE_EMPTY: 409,
  RELEASE_INCOMPATIBLE: 409,
  REPORT_SEQUENCE_CONFLICT: 409,
  STILL_REFERENCED: 409,
  VERSION_STALE: 412,
  BODY_TOO_LARGE: 413,
  FLOWS_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  RANGE_UNSATISFIABLE: 416,
  FLOWS_MALFORMED: 422,
  CREDENTIALS_UNREADABLE: 422,
  PACKAGE_MALFORMED: 422,
  LOCK_MALFORMED: 422,
  LOCK_MISMATCH: 422,
  MODULE_NOT_FOUND: 422,
  MODULE_OUTSIDE_REGISTRY: 422,
  MODULE_UNUSABLE: 422,
  INTEGRITY_MISMATCH: 422,
  POLICY_INVALID: 422,
  POLICY_BLOCKED: 422,
  WAIVER_REFUSED: 422,
  ADVISORIES_MALFORMED: 422,
  PRECONDITION_REQUIRED: 428,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  REGISTRY_UNREACHABLE: 502,
  UNAVAILABLE: 503,
} as const;
export type ProblemCode = keyof typeof problemStatus;

/** RFC 9457 problem details, with a stable code, what to do in `detail`, and a JSON pointer (RFC 6901) per bad field. */
export const Problem = Type.Object({
  type: Type.String({ description: 'A URI that names the kind of problem; stable.' }),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Unsafe<ProblemCode>(Type.Union(Object.keys(problemStatus).map((code) => Type.Literal(code)))),
  detail: Type.String({ description: 'What happened, why, and what to do.' }),
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }))),
  findings: Type.Optional(Type.Array(PolicyFinding, { description: 'With POLICY_BLOCKED: everything that was found, waived things too.' })),
  traceId: Type.String(),
});
export type Problem = Static<typeof Problem>;
