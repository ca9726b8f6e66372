/** Proof that the simulator can fail: each mistake planted in a copy of the source is caught within the seeds that the tests run. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Simulator from '../src/simulator/index.ts';
import type { Mutant } from './mutant.ts';
import { mutantSeeds } from './mutant-seeds.ts';
import { mutants } from './mutants.ts';
import { seeds } from './seeds.ts';

const source = join(import.meta.dirname, '../src');
const load = createRequire(import.meta.url);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-mutants-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The simulator of a copy of the package in which the mistake is planted. */
async function plant(mutant: Mutant, name: string): Promise<typeof Simulator> {
  const copy = join(folder, name);
  await cp(source, copy, { recursive: true, filter: (path) => !path.endsWith('.test.ts') && !path.endsWith('/forecast') });
  const file = join(copy, mutant.file);
  const text = await readFile(file, 'utf8');
  const parts = text.split(mutant.find);
  expect(parts.length, `"${mutant.find}" must occur once in ${mutant.file}`).toBe(2);
  await writeFile(file, parts.join(mutant.replace));
  // Node strips the types by itself, which is much faster than the test runner for a hundred copies of the package.
  return load(join(copy, 'simulator/index.ts')) as typeof Simulator;
}

describe('when a mistake is planted in the engine', () => {
  it.each(mutants.map((mutant, index) => ({ ...mutant, index })))('it is caught: $name', async (mutant) => {
    const { simulateSeed } = await plant(mutant, String(mutant.index));
    const known = mutantSeeds.get(mutant.name);
    const caught = (known === undefined ? seeds : [known, ...seeds]).find((seed) => isCaught(simulateSeed, seed));
    expect(caught, 'a seed that finds it').toBeDefined();
  });

  it('when nothing is changed, the copy passes, so it is the mistakes that are caught', async () => {
    const first = mutants[0];
    if (first === undefined) throw new RangeError('No mutants.');
    const { simulateSeed } = await plant({ ...first, replace: first.find }, 'unchanged');
    expect(seeds.slice(0, 50).filter((seed) => isCaught(simulateSeed, seed))).toEqual([]);
  });
});

/** A thrown error is a catch as well: the run did not end as it should. */
function isCaught(simulateSeed: typeof Simulator.simulateSeed, seed: number): boolean {
  try {
    return simulateSeed(seed).violations.length > 0;
  } catch {
    return true;
  }
}
