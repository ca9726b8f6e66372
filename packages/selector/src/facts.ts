/** What a fact is compared as. `words`: only these; `digest`: 64 hexadecimal digits. */
export type FactForm = { form: 'text' | 'version' | 'number' | 'digest' | 'age' } | { form: 'words'; words: readonly string[] };

/** What can be asked of a device besides its labels. */
export const selectorFacts = {
  '@name': { form: 'text' },
  '@approval': { form: 'words', words: ['pending', 'approved', 'revoked', 'quarantined'] },
  '@health': { form: 'words', words: ['healthy', 'unhealthy', 'unknown'] },
  '@seen': { form: 'age' },
  '@application': { form: 'text' },
  '@release': { form: 'text' },
  '@counter': { form: 'number' },
  '@digest': { form: 'digest' },
  '@node-red': { form: 'version' },
  '@node': { form: 'version' },
  '@agent': { form: 'version' },
} as const satisfies Record<string, FactForm>;

/** The running release with its application before it, `line/v3`: what `@release` means when its values have a slash. */
export const qualifiedRelease = '@application/release';

/** Keys under which the values of facts are looked up. */
export type FactKey = Exclude<keyof typeof selectorFacts, '@seen'> | typeof qualifiedRelease;

/** The form of a fact; undefined: there is no such fact. */
export function formOfFact(key: string): FactForm | undefined {
  return Object.hasOwn(selectorFacts, key) ? selectorFacts[key as keyof typeof selectorFacts] : undefined;
}
