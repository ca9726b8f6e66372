import { fitsAny } from './names.ts';

/** Real expressions are short. */
const lengthMax = 500;

/**
 * Whether an SPDX licence expression leaves no choice but a denied licence: `A OR B` is denied when both are, `A AND B` when one is.
 * `WITH` an exception counts as the licence alone unless a pattern names both. Anything else that is no expression is compared as it is.
 */
export function isDenied(expression: string, denied: readonly string[]): boolean {
  if (expression.length > lengthMax || fitsAny(expression, denied)) return fitsAny(expression, denied);
  const tokens = expression
    .replaceAll(/[()]/g, ' $& ')
    .split(/\s+/)
    .filter((token) => token !== '');
  return new Parser(tokens, denied).any();
}

class Parser {
  readonly #tokens: readonly string[];
  readonly #denied: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[], denied: readonly string[]) {
    this.#tokens = tokens;
    this.#denied = denied;
  }

  /** `OR` binds less than `AND`. */
  any(): boolean {
    let isDeniedSoFar = this.#all();
    while (this.#takes('OR')) isDeniedSoFar = this.#all() && isDeniedSoFar;
    return isDeniedSoFar;
  }

  #all(): boolean {
    let isDeniedSoFar = this.#one();
    while (this.#takes('AND')) isDeniedSoFar = this.#one() || isDeniedSoFar;
    return isDeniedSoFar;
  }

  #one(): boolean {
    if (this.#takes('(')) {
      const inner = this.any();
      this.#takes(')');
      return inner;
    }
    const licence = this.#tokens[this.#next] ?? '';
    this.#next += 1;
    if (!this.#takes('WITH')) return fitsAny(licence, this.#denied);
    const exception = this.#tokens[this.#next] ?? '';
    this.#next += 1;
    return fitsAny(licence, this.#denied) || fitsAny(`${licence} WITH ${exception}`, this.#denied);
  }

  #takes(token: string): boolean {
    const isThere = this.#tokens[this.#next]?.toUpperCase() === token;
    if (isThere) this.#next += 1;
    return isThere;
  }
}
