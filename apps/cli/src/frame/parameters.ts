import { Argument, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './duration.ts';

/** An argument or option of a verb, with the type of its value. */
export type Parameter<T> =
  | { kind: 'argument'; argument: Argument; read: (raw: unknown) => T }
  | { kind: 'option'; option: Option; read: (raw: unknown) => T };
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;
export type ValuesOf<P extends Parameters> = { [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

const readText = (raw: unknown): string => (typeof raw === 'string' ? raw : '');
const readOptionalText = (raw: unknown): string | undefined => (typeof raw === 'string' ? raw : undefined);
const readOptionalNumber = (raw: unknown): number | undefined => (typeof raw === 'number' ? raw : undefined);
const readTexts = (raw: unknown): string[] => (Array.isArray(raw) ? raw.filter((each) => typeof each === 'string') : []);

/** A positional argument that must be given: `<app>`. */
export function argument(name: string, description: string): Parameter<string> {
  return { kind: 'argument', argument: new Argument(`<${name}>`, description), read: readText };
}

/** A positional argument that may be left out: `[folder]`. */
export function optionalArgument(name: string, description: string): Parameter<string | undefined> {
  return { kind: 'argument', argument: new Argument(`[${name}]`, description), read: readOptionalText };
}

/** One or more positional arguments, always the last. */
export function manyArguments(name: string, description: string): Parameter<string[]> {
  return { kind: 'argument', argument: new Argument(`<${name}...>`, description), read: readTexts };
}

/** An option with a text: `--app <app>`. */
export function text(flags: string, description: string): Parameter<string | undefined> {
  return { kind: 'option', option: new Option(flags, description), read: readOptionalText };
}

/** An option with a text that must be given. */
export function requiredText(flags: string, description: string): Parameter<string> {
  return { kind: 'option', option: new Option(flags, description).makeOptionMandatory(), read: readText };
}

/** An option that may be given several times. */
export function repeatedText(flags: string, description: string): Parameter<string[]> {
  const collect = (value: string, previous: unknown): string[] => [...readTexts(previous), value];
  return { kind: 'option', option: new Option(flags, description).argParser(collect), read: readTexts };
}

/** An option without a value: `--yes`. */
export function flag(flags: string, description: string): Parameter<boolean> {
  return { kind: 'option', option: new Option(flags, description), read: (raw) => raw === true };
}

/** An option with one of a few words. */
export function choice<const W extends readonly string[]>(flags: string, words: W, description: string): Parameter<W[number] | undefined> {
  return {
    kind: 'option',
    option: new Option(flags, description).choices(words),
    read: (raw) => words.find((word) => word === raw),
  };
}

/** An option with a whole number of at least `minimum`. */
export function integer(flags: string, description: string, minimum = 1): Parameter<number | undefined> {
  const parse = (value: string): number => {
    const number = Number(value);
    if (!/^\d{1,9}$/.test(value) || number < minimum) throw new InvalidArgumentError(`It must be a whole number of at least ${minimum}.`);
    return number;
  };
  return { kind: 'option', option: new Option(flags, description).argParser(parse), read: readOptionalNumber };
}

/** An option with a duration such as `90s`, `10m` or `2h`; its value is in milliseconds. */
export function duration(flags: string, description: string): Parameter<number | undefined> {
  const parse = (value: string): number => {
    const milliseconds = parseDuration(value);
    if (milliseconds === undefined) throw new InvalidArgumentError('It must be a duration such as 90s, 10m or 2h.');
    return milliseconds;
  };
  return { kind: 'option', option: new Option(flags, description).argParser(parse), read: readOptionalNumber };
}
