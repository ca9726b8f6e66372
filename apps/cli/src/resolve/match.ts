import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for an id of the control plane. */
export function isId(reference: string): boolean {
  return uuid.test(reference);
}

export type Choices<T> = {
  /** What is looked for: `application`. */
  noun: string;
  items: readonly T[];
  /** The names by which an item is known. */
  namesOf: (item: T) => readonly string[];
  /** How messages show it (default: its first name). */
  labelOf?: (item: T) => string;
};

/** Names that people may have meant: those that contain the reference or are contained in it, else the first few. */
export function nearNames(reference: string, names: readonly string[]): string[] {
  const wanted = reference.toLowerCase();
  const near = names.filter((name) => name.toLowerCase().includes(wanted) || wanted.includes(name.toLowerCase()));
  return (near.length > 0 ? near : names).slice(0, 10);
}

/**
 * The one item of this name.
 * @throws CliError NOT_FOUND with what could have been meant; AMBIGUOUS with all that it could mean
 */
export function pickNamed<T>(reference: string, choices: Choices<T>): T {
  const { noun, items, namesOf } = choices;
  const [first, ...others] = items.filter((item) => namesOf(item).includes(reference));
  const label = choices.labelOf ?? ((item: T): string => namesOf(item)[0] ?? '');
  if (first === undefined) {
    throw new CliError('NOT_FOUND', `There is no ${noun} "${reference}".`, {
      exitCode: exitCodes.notFound,
      candidates: nearNames(reference, items.map(label)),
    });
  }
  if (others.length === 0) return first;
  throw new CliError('AMBIGUOUS', `"${reference}" means more than one ${noun}.`, {
    exitCode: exitCodes.usage,
    candidates: [first, ...others].map(label),
    hint: 'Say which with one of these, or with its id.',
  });
}

/** Splits `line/v3` at its last slash: the application and what is of it. Undefined when there is none. */
export function splitQualified(reference: string): { owner: string; name: string } | undefined {
  const slash = reference.lastIndexOf('/');
  return slash <= 0 || slash === reference.length - 1 ? undefined : { owner: reference.slice(0, slash), name: reference.slice(slash + 1) };
}
