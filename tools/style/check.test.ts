import { describe, expect, it } from 'vitest';

import { withCheckout } from '../source/testing/checkout.ts';
import { checkStyle } from './check.ts';

// Put together, so that this file keeps the rules that it tests.
const word = (...parts: string[]): string => parts.join('');

function messages(path: string, text: string): string[] {
  return withCheckout({ [path]: text }, (root) =>
    checkStyle(root).findings.map(({ path: file, line, message }) => `${file}:${line}: ${message}`),
  );
}

describe('checkStyle', () => {
  it.each([
    ['a source is too long', 'packages/a/src/a.ts', 'f();\n'.repeat(401), '401 lines, at most 400'],
    [
      'a function is too long',
      'packages/a/src/a.ts',
      `export function long() {\n${'f();\n'.repeat(69)}}\n`,
      'long has 71 lines, at most 70',
    ],
    ['a file name is not kebab-case', 'packages/a/src/MyFile.ts', 'f();\n', 'kebab-case'],
    ['work is unfinished', 'packages/a/src/a.ts', word('// FIX', 'ME later\n'), 'unfinished work'],
    ['a to-do names no issue', 'docs/a.md', word('TO', 'DO: later\n'), 'names its issue'],
    ['only one test would run', 'packages/a/src/a.test.ts', word('describe.on', 'ly("x", f);\n'), 'only some of the tests'],
    ['a test is left out', 'packages/a/src/a.test.ts', word('it.sk', 'ip("x", f);\n'), 'proves nothing'],
    ['a path of one machine is named', 'docs/a.md', word('see /ro', 'ot/notes\n'), 'path of one machine'],
    ['the type checker is silenced', 'packages/a/src/a.ts', word('// @ts-ig', 'nore\nf();\n'), 'not silenced'],
    ['a package comes from another host', 'package-lock.json', '{"packages": {}, "resolved": "https://mirror.test/a.tgz"}', 'another host'],
    ['a link is dead', 'docs/a.md', 'see [b](b.md#part)\n', 'dead link b.md#part'],
    ['the README of a package is long', 'packages/a/README.md', 'line\n'.repeat(61), '61 lines, at most 60'],
    ['the clock is read inside', 'packages/a/src/a.ts', 'f(Date.now());\n', 'Date.now belongs to the edges'],
    ['a timer is set inside', 'apps/api/src/app.ts', 'setInterval(f, 1);\n', 'setInterval belongs to the edges'],
    ['the environment is read inside', 'apps/api/src/app.ts', 'f(process.env.A);\n', 'process.env belongs to the edges'],
  ])('when %s, it is found', (_, path, text, expected) => {
    expect(messages(path, text).join('\n')).toContain(expected);
  });

  it.each([
    ['a source has 400 lines', 'packages/a/src/a.ts', 'f();\n'.repeat(400)],
    ['a function has 70 lines', 'packages/a/src/a.ts', `export function long() {\n${'f();\n'.repeat(68)}}\n`],
    ['a describe is long', 'packages/a/src/a.test.ts', `describe('a', () => {\n${'f();\n'.repeat(100)}});\n`],
    ['a to-do names its issue', 'docs/a.md', word('TO', 'DO(#12): later\n')],
    ['a test runs only where Redis is', 'packages/a/src/a.test.ts', 'describe.skipIf(!redis)("x", f);\n'],
    ['a link leads to a file, an address or a heading', 'docs/a.md', '[a](a.md) [b](https://example.test) [c](#here) [d](../docs)\n'],
    ['the edges use clock and environment', 'apps/api/src/main.ts', 'f(process.env, Date.now());\n'],
    ['the platform sets timers', 'packages/platform/src/clock.ts', 'setTimeout(f, 1);\n'],
    ['a date is made from a number', 'packages/a/src/a.ts', 'f(new Date(5));\n'],
  ])('when %s, it is fine', (_, path, text) => {
    expect(messages(path, text)).toEqual([]);
  });
});
