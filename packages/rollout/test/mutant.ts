/** One small, plausible mistake in the engine: `find` occurs exactly once in `file` and is replaced. The simulator must catch each. */
export interface Mutant {
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Makes a mutant. */
export const mutant = (name: string, file: string, find: string, replace: string): Mutant => ({ name, file, find, replace });
