import type { Problem, ProblemCode } from '@sluice/contracts';
import { CliError } from '../errors.ts';
import { exitCodeOfStatus, exitCodes } from '../exit-codes.ts';

/** What to do about a code, where the control plane cannot know it: it does not see the command. */
const hints: Partial<Record<ProblemCode, string>> = {
  UNAUTHENTICATED: 'Sign in again with: sluice login',
  TOKEN_EXPIRED: 'Sign in again with a new token: sluice login',
  TOKEN_REVOKED: 'Sign in again with another token: sluice login',
  FORBIDDEN: 'The role of your token does not allow this: ask an owner for one with a stronger role.',
  CREDENTIALS_UNREADABLE: 'The secret is taken from --credential-secret-stdin, --credential-secret-file or SLUICE_CREDENTIAL_SECRET.',
  VERSION_STALE: 'Somebody changed it meanwhile: look at it again before you repeat this.',
  RATE_LIMITED: 'Wait a minute and repeat it.',
  POLICY_BLOCKED: 'What is to be lived with is waived with: sluice waiver create --rule <rule> --subject <subject> --reason <why>',
  UNAVAILABLE: 'The control plane is starting or busy: repeat it in a moment.',
};

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false;
  return typeof Reflect.get(body, 'code') === 'string' && typeof Reflect.get(body, 'detail') === 'string';
}

/** The error for an answer that is no success: a problem of the control plane (RFC 9457), or of whatever stands before it. */
export function problemError(status: number, body: unknown, url: string): CliError {
  if (!isProblem(body)) {
    return new CliError('NOT_SLUICE', `${url} did not answer as a control plane does (HTTP ${status}).`, {
      hint: 'Is this the address of the control plane, or of a proxy or another program?',
    });
  }
  const hint = hints[body.code];
  return new CliError(body.code, body.detail, {
    exitCode: body.code === 'POLICY_BLOCKED' ? exitCodes.gateFailed : exitCodeOfStatus(status),
    ...(hint === undefined ? {} : { hint }),
    ...(Array.isArray(body.errors) ? { fields: body.errors } : {}),
    ...(Array.isArray(body.findings) ? { findings: body.findings } : {}),
    ...(status >= 500 && typeof body.traceId === 'string' ? { traceId: body.traceId } : {}),
  });
}
