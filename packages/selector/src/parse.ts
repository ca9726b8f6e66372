import { selectorFacts } from './facts.ts';
import { formOfKey, type KeyForm, readWord, releaseKey, requireAge, requireBound, requireValue } from './read-value.ts';
import { type Scanner, type SelectorProblem, SelectorRefusal, scan, type Word } from './scanner.ts';
import { comparisons, type Requirement, type Selector, selectorLimits } from './selector.ts';

export type { SelectorProblem } from './scanner.ts';
export type ParsedSelector = { selector: Selector } | { problem: SelectorProblem };

const key = /@?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/uy;
const operator = /==|!=|<=|>=|=|<|>|(?:in|notin)(?=[\s(])/uy;
const knownFacts = Object.keys(selectorFacts);

/**
 * Reads a selector in the syntax of Kubernetes: requirements separated by commas, all of which hold.
 * `key=value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key`, `!key`, `key>3`. Keys that begin with `@` are facts (`selectorFacts`).
 * @returns what it asks for, or where it cannot be read, why, and what to write instead
 */
export function parseSelector(text: string): ParsedSelector {
  try {
    return { selector: readSelector(text) };
  } catch (error) {
    if (error instanceof SelectorRefusal) return { problem: error.problem };
    throw error;
  }
}

/** The same where there are labels only: of snapshots, whose facts nobody reports. */
export function parseLabelSelector(text: string): ParsedSelector {
  const parsed = parseSelector(text);
  if ('problem' in parsed) return parsed;
  const fact = parsed.selector
    .map((requirement) => (requirement.kind === 'age' ? '@seen' : requirement.key))
    .find((name) => name.startsWith('@'));
  if (fact === undefined) return parsed;
  const position = Math.max(0, text.indexOf('@'));
  return { problem: { position, message: 'Here are labels only, and no facts: write the key of a label.' } };
}

function readSelector(text: string): Requirement[] {
  if (text.length > selectorLimits.characters) {
    throw new SelectorRefusal(
      selectorLimits.characters,
      `A selector has ${selectorLimits.characters} characters at most: give devices a label of their own.`,
    );
  }
  const scanner = scan(text);
  if (scanner.isAtEnd()) throw new SelectorRefusal(0, 'An empty selector selects nothing in particular: for every device write @name.');
  const requirements: Requirement[] = [];
  do {
    const position = scanner.position();
    requirements.push(readRequirement(scanner));
    requireWithinLimits(requirements, position);
    if (scanner.isAtEnd()) return requirements;
  } while (scanner.take(/,/uy) !== undefined);
  throw new SelectorRefusal(scanner.position(), `Requirements are separated by commas, and here stands ${scanner.here()}.`);
}

function requireWithinLimits(requirements: readonly Requirement[], position: number): void {
  const values = requirements.reduce((sum, requirement) => sum + ('values' in requirement ? requirement.values.length : 0), 0);
  if (requirements.length <= selectorLimits.requirements && values <= selectorLimits.values) return;
  const most = `${selectorLimits.requirements} requirements and ${selectorLimits.values} values`;
  throw new SelectorRefusal(position, `A selector has ${most} at most: give devices a label of their own.`);
}

function readRequirement(scanner: Scanner): Requirement {
  const isNegated = scanner.take(/!/uy) !== undefined;
  const word = readKey(scanner);
  const form = formOfKey(word, knownFacts);
  const found = scanner.take(operator);
  if (isNegated) {
    if (found === undefined) return { kind: 'absent', key: word.text };
    throw new SelectorRefusal(
      found.position,
      `"!" asks whether ${word.text} is missing, so nothing follows: or write ${word.text}!=… or ${word.text} notin (…).`,
    );
  }
  switch (found?.text) {
    case undefined:
      return readExistence(scanner, word);
    case '=':
    case '==':
      return membership('in', word, form, [readWord(scanner)]);
    case '!=':
      return membership('not_in', word, form, [readWord(scanner)]);
    case 'in':
      return membership('in', word, form, readList(scanner));
    case 'notin':
      return membership('not_in', word, form, readList(scanner));
    default:
      return readComparison(scanner, word, form, found?.text ?? '');
  }
}

function readKey(scanner: Scanner): Word {
  const word = scanner.take(key);
  if (word === undefined) {
    throw new SelectorRefusal(
      scanner.position(),
      `Here belongs the key of a label, or a fact such as @health, and here stands ${scanner.here()}.`,
    );
  }
  if (word.text.length <= 63) return word;
  throw new SelectorRefusal(word.position, 'The key of a label has 63 characters at most.');
}

function readExistence(scanner: Scanner, { text }: Word): Requirement {
  if (scanner.isAtEnd() || scanner.isBefore(',')) return { kind: 'exists', key: text };
  const ways = '=, !=, <, <=, >, >=, in (…) or notin (…)';
  throw new SelectorRefusal(scanner.position(), `After ${text} follows ${ways}, a comma or the end, and here stands ${scanner.here()}.`);
}

function readList(scanner: Scanner): Word[] {
  if (scanner.take(/\(/uy) === undefined) {
    throw new SelectorRefusal(scanner.position(), `The values stand in parentheses, (a,b), and here stands ${scanner.here()}.`);
  }
  const words: Word[] = [];
  do words.push(readWord(scanner));
  while (scanner.take(/,/uy) !== undefined);
  if (scanner.take(/\)/uy) !== undefined) return words;
  throw new SelectorRefusal(scanner.position(), `The list of values ends with ")", and here stands ${scanner.here()}.`);
}

function membership(kind: 'in' | 'not_in', { text }: Word, form: KeyForm, words: readonly Word[]): Requirement {
  const values = words.map((word) => requireValue(text, form, word));
  return { kind, key: text === '@release' ? releaseKey(words) : text, values: [...new Set(values)] };
}

function readComparison(scanner: Scanner, { text }: Word, form: KeyForm, written: string): Requirement {
  const comparison = comparisons.find((known) => known === written);
  if (comparison === undefined) throw new Error(`no comparison: ${written}`);
  const word = readWord(scanner);
  if (form.form === 'age') return { kind: 'age', comparison, ageMs: requireAge(text, word) };
  return { kind: 'compare', key: text, comparison, bound: requireBound(text, form, word) };
}
