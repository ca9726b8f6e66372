/** The seeds that every test run simulates. The mutants must all be caught within them. */
export const seeds: readonly number[] = Array.from({ length: 3_000 }, (_, index) => index + 1);
