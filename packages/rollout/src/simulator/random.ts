/**
 * The simulator's own source of chance: sfc32 (Chris Doty-Humphrey's "small fast counting" generator, 128 bits of state, from PractRand),
 * seeded through splitmix32. Not for secrets. The same seed gives the same numbers on every machine, because only 32-bit integer
 * arithmetic is used.
 */
export interface Random {
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean;
  /** One of the items. @throws RangeError when there are none. */
  pick<T>(items: readonly T[]): T;
}

/** Makes a source of chance from a seed (any 32-bit integer). */
export function createRandom(seed: number): Random {
  const next = sfc32(seed);
  const integer = (low: number, high: number): number => low + Math.floor((next() / 0x1_0000_0000) * (high - low + 1));
  return {
    integer,
    chance: (percent) => integer(0, 99) < percent,
    pick<T>(items: readonly T[]): T {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('Nothing to pick from.');
      return item;
    },
  };
}

function sfc32(seed: number): () => number {
  const split = splitmix32(seed);
  let [a, b, c, counter] = [split(), split(), split(), 1];
  const next = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  return next;
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) | 0;
  };
}
