import { redactFields } from './redact.ts';

/** What code that logs needs; pino's loggers fit, and so does `createLineLog` where pino is too heavy. */
export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const nothing = (): void => undefined;

/** Drops everything; for tests and for optional parameters. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function errorFields(error: Error): object {
  const code = 'code' in error ? { code: error.code } : {};
  return { type: error.name, message: error.message, ...code, stack: error.stack };
}

/**
 * A log of JSON lines (`{"level","time","name",…fields,"msg"}`) without dependencies, secrets redacted as in `createLogger`.
 * @param options.write receives each line, its newline included
 */
export function createLineLog(options: { name: string; level?: LogLevel; now: () => number; write: (line: string) => void }): Log {
  const threshold = LOG_LEVELS.indexOf(options.level ?? 'info');
  const writer = (level: LogLevel) => (fields: object, message: string) => {
    if (LOG_LEVELS.indexOf(level) < threshold) return;
    const shown = Object.fromEntries(
      Object.entries(redactFields(fields)).map(([key, value]) => [key, value instanceof Error ? errorFields(value) : value]),
    );
    const time = new Date(options.now()).toISOString();
    options.write(`${JSON.stringify({ level, time, name: options.name, ...shown, msg: message })}\n`);
  };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}
