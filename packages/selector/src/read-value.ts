import { type FactForm, formOfFact, qualifiedRelease } from './facts.ts';
import { type Scanner, SelectorRefusal, type Word } from './scanner.ts';
import { versionOrder } from './version-order.ts';

const bareWord = /[^\s,()=!<>"]+/uy;
const quotedWord = /"(?:[^"\\]|\\["\\])*"/uy;
const labelValue = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/u;
const wholeVersion = /^v?[0-9]+[.][0-9]+[.][0-9]+(?:[-+].*)?$/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f]/u;

/** A value as it stands in the text, without its quotes; an empty one where there is none. */
export function readWord(scanner: Scanner): Word {
  const quoted = scanner.take(quotedWord);
  if (quoted !== undefined) return { text: quoted.text.slice(1, -1).replaceAll(/\\(.)/gu, '$1'), position: quoted.position };
  return scanner.take(bareWord) ?? { text: '', position: scanner.position() };
}

/** The key of a label, or the form of a fact. */
export type KeyForm = { form: 'label' } | FactForm;

/** @throws SelectorRefusal when a value can never be that of the key, so that a typing error does not silently select nothing */
export function requireValue(key: string, { form, ...rest }: KeyForm, { text, position }: Word): string {
  const refuse = (message: string): never => {
    throw new SelectorRefusal(position, message);
  };
  if (!text.isWellFormed() || control.test(text)) return refuse('A value has no control characters: write it without them.');
  switch (form) {
    case 'label':
      return labelValue.test(text)
        ? text
        : refuse(`"${text}" is no value of a label: 63 letters, digits, ".", "_" and "-" at most, a letter or digit at both ends.`);
    case 'words': {
      const words = 'words' in rest ? rest.words : [];
      return words.includes(text) ? text : refuse(`${key} is one of ${words.join(', ')}, never "${text}".`);
    }
    case 'digest':
      return /^[0-9a-f]{64}$/u.test(text) ? text : refuse(`${key} is 64 hexadecimal digits in lower case.`);
    case 'number':
      return /^[0-9]{1,15}$/u.test(text) ? String(Number(text)) : refuse(`${key} is a whole number.`);
    case 'version':
      return wholeVersion.test(text)
        ? text
        : refuse(`"${text}" is no whole version, so nothing equals it: write all three numbers, or a range like ${key}>=4.1,${key}<4.2.`);
    case 'text':
      return text === '' ? refuse(`Write what ${key} shall be; a text with blanks or commas in double quotes.`) : text;
    case 'age':
      return refuse(`${key} is a length of time: write ${key}<5m (seen in the last 5 minutes) or ${key}>7d (not seen for 7 days).`);
    default:
      return form satisfies never;
  }
}

/** The bound of a comparison in the form of `versionOrder`. @throws SelectorRefusal */
export function requireBound(key: string, { form }: KeyForm, { text, position }: Word): string {
  const order = versionOrder(text);
  if (form !== 'label' && form !== 'version' && form !== 'number') {
    throw new SelectorRefusal(
      position,
      `${key} is no number and no version: write ${key}=…, ${key}!=…, ${key} in (…) or ${key} notin (…).`,
    );
  }
  if (order === null) throw new SelectorRefusal(position, `"${text}" is no number and no version: write one like 3, 4.1 or 5.0.0-beta.1.`);
  return order;
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A length of time in milliseconds: `90s`, `15m`, `12h`, `7d`, `2w`. @throws SelectorRefusal */
export function requireAge(key: string, { text, position }: Word): number {
  const match = /^([0-9]{1,6})([smhdw])$/u.exec(text);
  if (match === null) throw new SelectorRefusal(position, `"${text}" is no length of time: write 90s, 15m, 12h, 7d or 2w after ${key}.`);
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** The key under which the values of `@release` are looked up: names of releases, or names after that of their application and a slash. */
export function releaseKey(values: readonly Word[]): string {
  const qualified = values.filter(({ text }) => text.includes('/'));
  if (qualified.length === 0) return '@release';
  const [bare] = values.filter(({ text }) => !text.includes('/'));
  if (bare === undefined) return qualifiedRelease;
  throw new SelectorRefusal(bare.position, `Name the application of "${bare.text}" too, as of the others: application/${bare.text}.`);
}

/** @throws SelectorRefusal when there is no such fact */
export function formOfKey({ text, position }: Word, known: readonly string[]): KeyForm {
  if (!text.startsWith('@')) return { form: 'label' };
  const form = formOfFact(text);
  if (form === undefined) throw new SelectorRefusal(position, `There is no fact ${text}: there are ${known.join(', ')}.`);
  return form;
}
