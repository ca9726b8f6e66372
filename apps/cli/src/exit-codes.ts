/** What the command's end says to a script. A code never changes its meaning. */
export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  differences: 3,
  authentication: 4,
  notFound: 5,
  conflict: 6,
  /** A gate failed, or the change was rolled back, aborted or rejected. */
  gateFailed: 7,
  stillPending: 8,
  /** Ended by Ctrl-C, as shells report it (128 + SIGINT). */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code for an answer of the control plane with this HTTP status. */
export function exitCodeOfStatus(status: number): ExitCode {
  switch (status) {
    case 400:
      return exitCodes.usage;
    case 401:
    case 403:
      return exitCodes.authentication;
    case 404:
      return exitCodes.notFound;
    case 409:
    case 412:
    case 428:
      return exitCodes.conflict;
    default:
      return exitCodes.error;
  }
}
