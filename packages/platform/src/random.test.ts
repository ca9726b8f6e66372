import { describe, expect, it } from 'vitest';

import { createUuids, systemRandom, uuidv7 } from './random.ts';
import { seededRandom } from './testing/index.ts';

describe('uuidv7', () => {
  it('when time and bytes are those of RFC 9562 appendix A.6, it is the id of that appendix', () => {
    const bytes = Buffer.from('0000000000000cc318c4dc0c0c07398f', 'hex');
    const id = uuidv7({ now: () => 0x017f22e279b0 }, { randomBytes: () => bytes });
    expect(id).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('when time goes on, ids sort by time', () => {
    const random = seededRandom(7);
    const ids = [1, 2, 3, 255, 256, 65_536].map((now) => uuidv7({ now: () => now }, random));
    expect(ids.toSorted()).toEqual(ids);
  });

  it('when many are made in one millisecond, no two are the same', () => {
    const ids = new Set(Array.from({ length: 1_000 }, () => uuidv7({ now: () => 1 }, systemRandom)));
    expect(ids.size).toBe(1_000);
  });
});

describe('createUuids', () => {
  it('when the clock stands still, jumps forward or is set back a little, each id sorts after the one before', () => {
    let now = 1_000;
    const next = createUuids({ now: () => now }, systemRandom);
    const ids = Array.from({ length: 10_000 }, (_, index) => {
      if (index % 1_000 === 0) now += index % 3_000 === 0 ? 500 : -200;
      return next();
    });
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  });

  it('when the clock is set back far, ids follow it', () => {
    let now = 1_000_000_000;
    const next = createUuids({ now: () => now }, systemRandom);
    const before = next();
    now -= 60_000;
    expect(next() < before).toBe(true);
  });
});

describe('fraction', () => {
  it.each([
    { name: 'system', random: systemRandom },
    { name: 'seeded', random: seededRandom(1) },
  ])('when drawn from the $name source, it stays in [0, 1) and covers both halves', ({ random }) => {
    const values = Array.from({ length: 500 }, () => random.fraction());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values.some((value) => value < 0.5) && values.some((value) => value >= 0.5)).toBe(true);
  });

  it('when two seeded sources have the same seed, they give the same sequence, and another seed gives another', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random.fraction(), ...random.randomBytes(4), random.fraction()];
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
  });
});
