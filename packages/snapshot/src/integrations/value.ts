/** A text taken from a property: what it comes to (`text`), what is written there (`symbol`), and what it depends on. */
export type Value = { text: string; symbol: string; variables: readonly string[]; dynamic: boolean };

export const emptyValue: Value = { text: '', symbol: '', variables: [], dynamic: false };

/** Text that stands in the flows as it is. Mustache tags make it dynamic: a message fills them in. */
export function literal(text: string): Value {
  return { text, symbol: text, variables: [], dynamic: text.includes('{{') && text.includes('}}') };
}

/** Texts and values one after another. */
export function joined(...parts: (string | Value)[]): Value {
  const values = parts.map((part) => (typeof part === 'string' ? literal(part) : part));
  return {
    text: values.map(({ text }) => text).join(''),
    symbol: values.map(({ symbol }) => symbol).join(''),
    variables: values.flatMap(({ variables }) => variables),
    dynamic: values.some(({ dynamic }) => dynamic),
  };
}

/** What only a message decides. */
export function fromMessage(what: string): Value {
  return { text: `(${what} from message)`, symbol: `(${what} from message)`, variables: [], dynamic: true };
}
