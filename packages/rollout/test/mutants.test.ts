/** Proof that the simulator can fail: each mistake planted in a copy of the source is caught within the seeds that the tests run. */
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Simulator from '../src/simulator/index.ts';
import type { Mutant } from './mutant.ts';
import { mutantSeeds } from './mutant-seeds.ts';
import { mutants } from './mutants.ts';
import { seeds } from './seeds.ts';

const source = join(import.meta.dirname, '../src');
const load = createRequire(import.meta.url);
let folder: string;
let files: string[];

/** Source as Node can load it without looking at types: that costs most of the time when it is done for a hundred copies. */
const plain = (text: string): string => stripTypeScriptTypes(text).replaceAll(/(from '\.[^']*)\.ts'/gu, "$1.mjs'");
const named = (file: string): string => file.replace(/\.ts$/u, '.mjs');

function write(copy: string, file: string, content: string): void {
  const path = join(folder, copy, named(file));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-mutants-'));
  const all = readdirSync(source, { recursive: true, encoding: 'utf8' });
  files = all.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('forecast/'));
  for (const file of files) write('unchanged', file, plain(readFileSync(join(source, file), 'utf8')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The simulator of a copy of the package in which the mistake is planted. */
function plant(mutant: Mutant, name: string): typeof Simulator {
  const parts = readFileSync(join(source, mutant.file), 'utf8').split(mutant.find);
  expect(parts.length, `"${mutant.find}" must occur once in ${mutant.file}`).toBe(2);
  mkdirSync(join(folder, name, 'simulator'), { recursive: true });
  for (const file of files) {
    if (file !== mutant.file) linkSync(join(folder, 'unchanged', named(file)), join(folder, name, named(file)));
  }
  write(name, mutant.file, plain(parts.join(mutant.replace)));
  return load(join(folder, name, 'simulator/index.mjs')) as typeof Simulator;
}

describe('when a mistake is planted in the engine', () => {
  it.each(mutants.map((mutant, index) => ({ ...mutant, index })))(
    'it is caught: $name',
    (mutant) => {
      const { simulateSeed } = plant(mutant, String(mutant.index));
      const known = mutantSeeds.get(mutant.name);
      const caught = (known === undefined ? seeds : [known, ...seeds]).find((seed) => isCaught(simulateSeed, seed));
      expect(caught, 'a seed that finds it').toBeDefined();
    },
    120_000,
  );

  it('when nothing is changed, the copy passes, so it is the mistakes that are caught', () => {
    const first = mutants[0];
    if (first === undefined) throw new RangeError('No mutants.');
    const { simulateSeed } = plant({ ...first, replace: first.find }, 'the same');
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
