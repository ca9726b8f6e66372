import { createHash } from 'node:crypto';
import type { WavePolicy } from '@sluice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strictWave } from '../test/inputs.ts';
import { orderDevices, planWaves, randomOrderKey } from './wave-plan.ts';

const sized = (size: WavePolicy['size']): WavePolicy => ({ ...strictWave, size });
const count = (value: number): WavePolicy => sized({ kind: 'count', count: value });
const percent = (value: number): WavePolicy => sized({ kind: 'percent', percent: value });
const rest = sized({ kind: 'rest' });
const sizes = (waves: readonly WavePolicy[], devices: number): readonly number[] =>
  planWaves({ waves: [...waves] }, devices).map(({ size }) => size);

const anyWave = fc.oneof(fc.integer({ min: 1, max: 50 }).map(count), fc.integer({ min: 1, max: 100 }).map(percent), fc.constant(rest));

describe('planWaves', () => {
  it.each([
    ['a canary and the rest', [count(1), rest], 3, [1, 2]],
    ['percentages of few devices', [percent(10), percent(50), percent(100)], 3, [1, 1, 1]],
    ['percentages of a hundred', [percent(10), percent(50), rest], 100, [10, 40, 50]],
    ['more waves than devices', [count(5), count(5), rest], 7, [5, 2, 0]],
    ['a percentage that a count already reached', [count(5), percent(10), rest], 20, [5, 0, 15]],
    ['no device at all', [percent(10), rest], 0, [0, 0]],
    ['a last wave that says too little', [count(1), count(1)], 9, [1, 8]],
  ] as const)('when there are %s, the sizes are exact', (_, waves, devices, expected) => {
    expect(sizes(waves, devices)).toEqual(expected);
  });

  it('when a wave is empty, it is flagged', () => {
    expect(planWaves({ waves: [count(3), rest] }, 3).map(({ empty }) => empty)).toEqual([false, true]);
  });

  it('when any waves meet any number of devices, sizes are integers that add up, and positions follow each other', () => {
    fc.assert(
      fc.property(fc.array(anyWave, { minLength: 1, maxLength: 10 }), fc.integer({ min: 0, max: 10_000_000 }), (waves, devices) => {
        let reached = 0;
        for (const wave of planWaves({ waves }, devices)) {
          expect(Number.isInteger(wave.size) && wave.size >= 0).toBe(true);
          expect(wave.first).toBe(reached);
          expect(wave.empty).toBe(wave.size === 0);
          reached += wave.size;
        }
        expect(reached).toBe(devices);
      }),
    );
  });

  it('when a percent wave has been planned, it reaches the smallest number of devices that is at least its share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 10_000_000 }), (share, devices) => {
        const [size] = sizes([percent(share), rest], devices);
        expect((size ?? 0) * 100).toBeGreaterThanOrEqual(share * devices);
        expect(((size ?? 0) - 1) * 100).toBeLessThan(share * devices);
      }),
    );
  });
});

describe('orderDevices', () => {
  const devices = ['pump', 'line-2', 'line-10', 'ünit', '\u{1F600}', '\uFFFD'].map((name, index) => ({ id: `id-${index}`, name }));

  it('when ordered by name, it compares code points as Postgres does under COLLATE "C"', () => {
    expect(orderDevices(devices, 'name', 'unused').map(({ name }) => name)).toEqual([
      'line-10',
      'line-2',
      'pump',
      'ünit',
      '\uFFFD',
      '\u{1F600}',
    ]);
  });

  it('when ordered at random, the key is the SHA-256 of "seed:id", so the same seed gives the same order', () => {
    expect(randomOrderKey('s', 'id-1')).toBe(createHash('sha256').update('s:id-1').digest('hex'));
    const once = orderDevices(devices, 'random', 'seed-1');
    expect(orderDevices([...devices].reverse(), 'random', 'seed-1')).toEqual(once);
    expect(orderDevices(devices, 'random', 'seed-2')).not.toEqual(once);
  });
});
