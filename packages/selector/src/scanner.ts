/** Where a selector cannot be read, and why. `position`: of the character in the text, from 0. The message says what to do. */
export type SelectorProblem = { position: number; message: string };

/** Ends the reading of a selector. It does not leave the package. */
export class SelectorRefusal extends Error {
  readonly problem: SelectorProblem;

  constructor(position: number, message: string) {
    super(message);
    this.problem = { position, message };
  }
}

/** A word of the text and where it begins. */
export type Word = { text: string; position: number };

const excerptLength = 20;

/** Reads a text from its beginning to its end, word by word; blanks between words mean nothing. */
export type Scanner = {
  position(): number;
  isAtEnd(): boolean;
  /** Takes what the expression (with the flag `y`) matches here; undefined: nothing. */
  take(expression: RegExp): Word | undefined;
  /** Whether this character comes next. */
  isBefore(character: string): boolean;
  /** What stands here, for a message. */
  here(): string;
};

/** Makes a scanner of a text. */
export function scan(text: string): Scanner {
  let position = 0;
  const skipBlanks = (): void => {
    while (/\s/u.test(text[position] ?? '')) position += 1;
  };
  return {
    position() {
      skipBlanks();
      return position;
    },
    isAtEnd() {
      skipBlanks();
      return position >= text.length;
    },
    take(expression) {
      skipBlanks();
      expression.lastIndex = position;
      const found = expression.exec(text)?.[0];
      if (found === undefined) return undefined;
      const word = { text: found, position };
      position += found.length;
      return word;
    },
    isBefore(character) {
      skipBlanks();
      return text[position] === character;
    },
    here() {
      skipBlanks();
      if (position >= text.length) return 'the end';
      const rest = text.slice(position);
      return `"${rest.length > excerptLength ? `${rest.slice(0, excerptLength)}…` : rest}"`;
    },
  };
}
