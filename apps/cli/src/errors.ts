import type { PolicyFinding } from '@sluice/contracts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

export type CliErrorDetails = {
  exitCode?: ExitCode;
  /** What to do about it. */
  hint?: string;
  /** What could have been meant. */
  candidates?: readonly string[];
  /** The bad fields of a request, each with its JSON pointer. */
  fields?: readonly { pointer: string; detail: string }[];
  /** What the policies found, when that is why it was refused. */
  findings?: readonly PolicyFinding[];
  /** To find the request in the control plane's log. */
  traceId?: string;
  cause?: unknown;
};

/** Everything that ends the command with a message for people. `code` is stable: scripts decide by it and by the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly candidates: readonly string[];
  readonly fields: readonly { pointer: string; detail: string }[];
  readonly findings: readonly PolicyFinding[];
  readonly traceId: string | undefined;

  constructor(code: string, message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.exitCode = details.exitCode ?? exitCodes.error;
    this.hint = details.hint;
    this.candidates = details.candidates ?? [];
    this.fields = details.fields ?? [];
    this.findings = details.findings ?? [];
    this.traceId = details.traceId;
  }
}

/** The command was written wrongly. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError('USAGE', message, { exitCode: exitCodes.usage, ...(hint === undefined ? {} : { hint }) });
}
