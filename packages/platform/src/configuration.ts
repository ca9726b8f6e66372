import { REDACTED, redactUrls } from './redact.ts';

/** The environment as Node gives it. */
export type Environment = Record<string, string | undefined>;

/** How one variable of the environment becomes a typed value. */
export type Field<T> = {
  variable: string;
  secret: boolean;
  /** Reads the raw text; undefined means the variable is not set. Throws an Error whose message says what is expected. */
  parse(raw: string | undefined): T;
};

export type FieldValues<F extends Record<string, Field<unknown>>> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export type ConfigurationProblem = { variable: string; message: string };

/** Lists everything that is wrong with the environment at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'CONFIGURATION_INVALID';
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    super(`invalid configuration:\n${problems.map(({ variable, message }) => `  ${variable}: ${message}`).join('\n')}`);
    this.problems = problems;
  }
}

type FieldOptions<T> = { default?: T; secret?: boolean };

function field<T>(variable: string, options: FieldOptions<T>, read: (text: string) => T): Field<T> {
  return {
    variable,
    secret: options.secret ?? false,
    parse: (raw) => {
      // An empty variable counts as unset: compose files and unit files write `NAME=` for "no value".
      if (raw !== undefined && raw !== '') return read(raw);
      if ('default' in options && options.default !== undefined) return options.default;
      throw new Error('is required and not set');
    },
  };
}

/** Any text that is not empty. */
export function text(variable: string, options: FieldOptions<string> = {}): Field<string> {
  return field(variable, options, (raw) => raw);
}

/** A whole number within bounds. */
export function integer(variable: string, options: FieldOptions<number> & { min?: number; max?: number } = {}): Field<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  return field(variable, options, (raw) => {
    const value = Number(raw);
    if (!/^-?\d+$/.test(raw) || value < min || value > max) throw new Error(`must be a whole number from ${min} to ${max}`);
    return value;
  });
}

/** `true`, `false`, `1` or `0`. */
export function flag(variable: string, options: FieldOptions<boolean> = {}): Field<boolean> {
  return field(variable, options, (raw) => {
    if (raw === 'true' || raw === '1') return true;
    if (raw === 'false' || raw === '0') return false;
    throw new Error('must be true or false');
  });
}

/** One of a fixed set of words. */
export function choice<const T extends string>(variable: string, values: readonly T[], options: FieldOptions<NoInfer<T>> = {}): Field<T> {
  return field(variable, options, (raw) => {
    const found = values.find((value) => value === raw);
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return found;
  });
}

/** A URL with one of the given schemes (without colon), as text without a trailing slash. */
export function url(variable: string, schemes: readonly string[], options: FieldOptions<string> = {}): Field<string> {
  return field(variable, options, (raw) => {
    const scheme = URL.canParse(raw) ? new URL(raw).protocol.slice(0, -1) : undefined;
    if (scheme === undefined || !schemes.includes(scheme)) throw new Error(`must be a URL that starts with ${schemes.join(':// or ')}://`);
    return raw.replace(/\/+$/, '');
  });
}

/** Makes a field optional: undefined when the variable is not set. */
export function optional<T>(inner: Field<T>): Field<T | undefined> {
  return { ...inner, parse: (raw) => (raw === undefined || raw === '' ? undefined : inner.parse(raw)) };
}

/** A value with its name as it may be printed at start. */
export type Configuration<V> = { values: V; printable: Record<string, string> };

/**
 * Reads all fields from the environment.
 * @returns the typed values, and the same by variable name with secrets and passwords in URLs masked
 * @throws ConfigurationError naming every problem at once
 */
export function readConfiguration<F extends Record<string, Field<unknown>>>(
  fields: F,
  environment: Environment = process.env,
): Configuration<FieldValues<F>> {
  const problems: ConfigurationProblem[] = [];
  const printable: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  for (const [name, { variable, secret, parse }] of Object.entries(fields)) {
    try {
      const value = parse(environment[variable]);
      values[name] = value;
      printable[variable] = value === undefined ? '(not set)' : secret ? REDACTED : redactUrls(String(value));
    } catch (error) {
      problems.push({ variable, message: error instanceof Error ? error.message : String(error) });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  // The loop above has set each key of F to what its own field parsed, which the type system cannot follow.
  return { values: values as FieldValues<F>, printable };
}
