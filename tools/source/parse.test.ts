import { describe, expect, it } from 'vitest';

import { parseSource } from './parse.ts';

const imports = (text: string) => parseSource('a.ts', text).imports.map(({ specifier, typeOnly }) => [specifier, typeOnly]);
const uses = (text: string) => parseSource('a.ts', text).uses.map(({ name, line }) => `${line} ${name}`);

describe('parseSource', () => {
  it('when a module is imported in any way, it is seen, and is type-only only when nothing is loaded', () => {
    expect(imports(`import { a } from './a.ts';`)).toEqual([['./a.ts', false]]);
    expect(imports(`import './b.ts';`)).toEqual([['./b.ts', false]]);
    expect(imports(`import type { C } from 'c';`)).toEqual([['c', true]]);
    expect(imports(`import { type D } from 'd';`)).toEqual([['d', false]]);
    expect(imports(`export * from 'e'; export { f } from 'f'; export type { G } from 'g';`)).toEqual([
      ['e', false],
      ['f', false],
      ['g', true],
    ]);
    expect(imports(`const h = await import('h');`)).toEqual([['h', false]]);
  });

  it('when an import stands in a comment, a string or a template, it is none', () => {
    expect(imports("// import 'a';\n/* import 'b' */ const c = \"import 'c'\"; const d = `import('d')`;")).toEqual([]);
  });

  it('when time, randomness or environment are used, the use is seen with its line', () => {
    const text =
      'Date.now();\nnew Date();\nnew Date(5);\nsetTimeout(f, 1);\nglobalThis.setTimeout(f, 1);\nprocess.env["A"];\nclock.now(); clock.setTimeout(1);';
    expect(uses(text)).toEqual(['1 Date.now', '2 new Date()', '4 setTimeout', '5 setTimeout', '6 process.env']);
  });

  it('when a function is long, its lines are counted', () => {
    const text = `function long() {\n${'  f();\n'.repeat(80)}}\n`;
    expect(parseSource('a.ts', text).functions).toEqual([{ line: 1, lines: 82, name: 'long' }]);
  });

  it('when functions are nested, each counts its own lines and one for each inside it', () => {
    const inner = (name: string): string => `  function ${name}() {\n${'    f();\n'.repeat(8)}  }\n`;
    const text = `function outer() {\n${inner('first')}${inner('second')}}\n`;
    const sizes = parseSource('a.ts', text).functions.map(({ name, lines }) => [name, lines]);
    expect(sizes).toEqual([
      ['outer', 4],
      ['first', 10],
      ['second', 10],
    ]);
  });

  it('when a source does not parse, the error names the file', () => {
    expect(() => parseSource('broken.ts', 'const = ;')).toThrow(/broken\.ts/);
  });
});
