import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

import { formatLogLine } from './log-format.ts';
import { redactFields } from './redact.ts';

export type { Logger } from 'pino';

export type LoggerOptions = {
  /** Name of the process or part, on every line. */
  name: string;
  level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Where lines go (default: standard error, so that standard output stays for results). */
  stream?: DestinationStream;
  /** Lines for people instead of JSON (default: only when standard error is a terminal). */
  pretty?: boolean;
};

/** A destination that turns pino's JSON lines into lines for people. */
function prettyStream(target: DestinationStream): DestinationStream {
  return { write: (line) => target.write(formatLogLine(line)) };
}

/** Builds the logger of a process: pino's JSON lines with ISO times, secrets masked at any depth. */
export function createLogger(options: LoggerOptions): Logger {
  // Synchronous: a line written before a crash must not be lost. Nothing on a hot path logs at level info.
  const target = options.stream ?? destination({ dest: 2, sync: true });
  const pretty = options.pretty ?? (options.stream === undefined && process.stderr.isTTY);
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      timestamp: stdTimeFunctions.isoTime,
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }), bindings: redactFields, log: redactFields },
    },
    pretty ? prettyStream(target) : target,
  );
}
