/** Why the agent could not do something. Codes are stable: they travel in reports, and the console explains them. */
export const agentErrorCodes = [
  'AGENT_TOO_OLD',
  'CONFIGURATION_UNREADABLE',
  'DISK_FULL',
  'DOWNLOAD_FAILED',
  'FLOWS_MALFORMED',
  'FLOWS_REVISION_DIFFERS',
  'HEALTH_NOT_REACHED',
  'INTERNAL',
  'INTERRUPTED_TOO_OFTEN',
  'JOURNAL_LOST',
  'MODULES_INSTALL_FAILED',
  'NOTHING_RUNS',
  'RUNTIME_CRASH_LOOP',
  'RUNTIME_NOT_STARTED',
  'RUNTIME_UNFIT',
  'SUPERSEDED',
  'VARIABLE_MISSING',
  'WINDOW_CLOSED',
] as const;
export type AgentErrorCode = (typeof agentErrorCodes)[number];

/** A failure with a code of ours. The message is for people and never holds a secret. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** The operating system's code of an error (`ENOENT`, `ENOSPC` …), if it has one. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** An error as text for people. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
