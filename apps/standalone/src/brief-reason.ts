import { ChildStartError } from '@sluice/platform/process';

/** Lines of our own logs, which went to standard error already. */
const isLogLine = (line: string): boolean => line.startsWith('{');
const isStackLine = (line: string): boolean => /^\s+at /.test(line);

/** Why something failed, in one line for people: of a process that ended, its own last words instead of all its output. */
export function briefReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof ChildStartError)) return error.message;
  const words = error.output.split('\n').filter((line) => line.trim() !== '' && !isLogLine(line) && !isStackLine(line));
  const said = words.findLast((line) => line.includes('could not be started')) ?? words.at(-1);
  return said?.trim() ?? error.message;
}
