import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { withCheckout } from '../source/testing/checkout.ts';
import { checkImports } from './check.ts';
import { IMPORT_RULES } from './rules.ts';

function manifest(name: string, dependencies: readonly string[] = []): string {
  const declared = Object.fromEntries(dependencies.map((dependency) => [`@sluice/${dependency}`, '*']));
  return JSON.stringify({ name: `@sluice/${name}`, exports: { '.': './src/index.ts', './log': './src/log.ts' }, dependencies: declared });
}

const CHECKOUT = {
  'packages/contracts/package.json': manifest('contracts'),
  'packages/platform/package.json': manifest('platform'),
  'packages/store/package.json': manifest('store', ['platform']),
  'packages/rollout/package.json': manifest('rollout', ['contracts']),
  'packages/probe/package.json': manifest('probe'),
  'packages/testkit/package.json': manifest('testkit', ['store']),
  'apps/api/package.json': manifest('api', ['store', 'contracts', 'testkit', 'worker']),
  'apps/worker/package.json': manifest('worker', ['store']),
  'apps/agent/package.json': manifest('agent', ['contracts', 'platform', 'store', 'testkit', 'probe']),
  'packages/contracts/src/index.ts': 'export const answer = 42;\n',
};

/** Messages for one more file in an otherwise clean checkout. */
function messages(path: string, text: string): string[] {
  return withCheckout({ ...CHECKOUT, [path]: text }, (root) =>
    checkImports(root).findings.map(({ message, line }) => `${line}: ${message}`),
  );
}

describe('checkImports', () => {
  it('when imports go down, there are no findings, and the files that were read are counted', () => {
    const files = { ...CHECKOUT, 'apps/api/src/app.ts': `import { x } from '@sluice/store';\nimport './other.ts';\n` };
    withCheckout(files, (root) => expect(checkImports(root)).toEqual({ checked: 2, findings: [] }));
  });

  it.each([
    ['a package imports upwards', 'packages/rollout/src/a.ts', `import { x } from '@sluice/store';`, 'rollout must not import store'],
    ['a package imports an app', 'packages/store/src/a.ts', `import { x } from '@sluice/api';`, 'an app must not be imported'],
    ['an app imports an app', 'apps/api/src/a.ts', `import { x } from '@sluice/worker';`, 'an app must not be imported'],
    ['the agent opens a database', 'apps/agent/src/a.ts', `export * from '@sluice/store';`, 'agent must not import store'],
    ['the agent loads contracts', 'apps/agent/src/a.ts', `import { x } from '@sluice/contracts';`, 'write "import type"'],
    ['the agent loads contracts for a type', 'apps/agent/src/a.ts', `import { type X } from '@sluice/contracts';`, 'write "import type"'],
    ['the agent loads contracts late', 'apps/agent/src/a.ts', `await import('@sluice/contracts');`, 'write "import type"'],
    ['the agent brings pino', 'apps/agent/src/a.ts', `import { x } from '@sluice/platform';`, 'import a subpath'],
    ['a module is reached past its door', 'apps/api/src/a.ts', `import { x } from '@sluice/store/src/a.ts';`, 'is not a public door'],
    ['a relative import leaves the workspace', 'apps/api/src/a.ts', `import '../../../packages/store/src/a.ts';`, 'leaves the workspace'],
    [
      'a workspace is not declared',
      'packages/rollout/src/a.ts',
      `import type { X } from '@sluice/rollout';\nimport type {Y} from '@sluice/nowhere';`,
      'no workspace',
    ],
    [
      'a server app uses testkit outside its tests',
      'apps/api/src/a.ts',
      `import { x } from '@sluice/testkit';`,
      'api must not import testkit',
    ],
    [
      'a pure package reads files',
      'packages/rollout/src/a.ts',
      `import { readFile } from 'node:fs/promises';`,
      'must not use node:fs/promises',
    ],
    ['a pure package reads files without prefix', 'packages/rollout/src/a.ts', `import fs from 'fs';`, 'must not use fs'],
    [
      'a pure package draws random bytes',
      'packages/rollout/src/a.ts',
      `import { randomBytes } from 'node:crypto';`,
      'randomness is passed in',
    ],
    [
      'a pure package takes all of crypto',
      'packages/rollout/src/a.ts',
      `import * as crypto from 'node:crypto';`,
      'randomness is passed in',
    ],
    ['a pure package reads the clock', 'packages/rollout/src/a.ts', 'export const now = () => Date.now();', 'Date.now must be passed in'],
    ['a pure package sets a timer', 'packages/rollout/src/a.ts', 'setTimeout(() => {}, 1);', 'setTimeout must be passed in'],
  ])('when %s, it is found', (_, path, text, expected) => {
    expect(messages(path, text).join('\n')).toContain(expected);
  });

  it('when a dependency is not declared, it is found', () => {
    expect(messages('apps/worker/src/a.ts', `import { x } from '@sluice/contracts';`)).toEqual([
      '1: @sluice/contracts is not declared in apps/worker/package.json',
    ]);
  });

  it.each([
    ['the agent imports a type of contracts', 'apps/agent/src/a.ts', `import type { X } from '@sluice/contracts';`],
    ['the agent imports a light door of platform', 'apps/agent/src/a.ts', `import { x } from '@sluice/platform/log';`],
    ['the build of the agent packs the probe', 'apps/agent/src/build.ts', `import { x } from '@sluice/probe';`],
    ['a test uses the test kit that is built on its package', 'packages/store/src/a.test.ts', `import { x } from '@sluice/testkit';`],
    ['a test uses testkit', 'apps/api/src/a.test.ts', `import { x } from '@sluice/testkit';`],
    ['a test of a pure package reads a file', 'packages/rollout/src/a.test.ts', `import { readFileSync } from 'node:fs';`],
    ['a pure package hashes', 'packages/rollout/src/a.ts', `import { createHash } from 'node:crypto';`],
  ])('when %s, it is allowed', (_, path, text) => {
    expect(messages(path, text)).toEqual([]);
  });

  it('when a workspace has no rule, it is found', () => {
    expect(messages('packages/helpers/package.json', manifest('helpers')).join()).toContain('no import rule for helpers');
  });

  it('when it reads this repository, it sees its files and every workspace has a rule', () => {
    const { checked } = checkImports(fileURLToPath(new URL('../..', import.meta.url)));
    expect(checked).toBeGreaterThan(100);
    expect(Object.keys(IMPORT_RULES)).toContain('agent');
  });
});
