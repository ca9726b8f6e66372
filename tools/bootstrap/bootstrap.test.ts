import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { withCheckout } from '../source/testing/checkout.ts';
import { artifactSteps } from './artifacts.mjs';
import { BootstrapError, explain } from './failures.mjs';
import { createStamp, fingerprint } from './fingerprint.mjs';
import { installedMatchesLock } from './install.mjs';
import { createProgress } from './progress.mjs';

describe('explain', () => {
  it.each([
    ['npm error code ENOSPC', 'The disk is full', 'Free about'],
    ['npm error code ENOTFOUND getaddrinfo registry', 'cannot be reached', 'HTTPS_PROXY'],
    ['npm error code EAI_AGAIN', 'cannot be reached', 'Check the network'],
    ['npm error code EACCES mkdir', 'may not be written', 'chown'],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'certificate', 'cafile'],
    ['npm error code EUSAGE', 'do not fit', 'npm install'],
  ])('when the output says %s, reason and advice follow', (output, reason, advice) => {
    const text = explain(new BootstrapError('The dependencies could not be installed', { output }));
    expect(text).toContain(reason);
    expect(text).toContain(advice);
    expect(text).toContain(output);
  });

  it('when the output is long, its beginning and its end are shown and its noise is not', () => {
    const noise = 'npm warn EBADENGINE Unsupported engine {\n'.repeat(50);
    const output = `${noise}first\n${'middle\n'.repeat(50)}last\n`;
    const text = explain(new BootstrapError('Building failed', { output }));
    expect(text).toMatch(/first[\s\S]*…[\s\S]*last/);
    expect(text).not.toContain('EBADENGINE');
    expect(text.split('\n').length).toBeLessThan(35);
  });

  it('when the output is unknown, it is shown without a guess', () => {
    const text = explain(new BootstrapError('Building failed', { output: 'strange' }));
    expect(text).not.toContain('Reason');
    expect(text).toContain('strange');
  });
});

describe('installedMatchesLock', () => {
  const lock = (packages: object): string => JSON.stringify({ packages: { '': {}, 'apps/api': {}, ...packages } });
  const matches = (wanted: object, installed: object | undefined): boolean =>
    withCheckout(
      {
        'package-lock.json': lock(wanted),
        ...(installed === undefined ? {} : { 'node_modules/.package-lock.json': lock(installed) }),
      },
      installedMatchesLock,
    );
  const wanted = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/for-mac': { version: '1.0.0', optional: true } };

  it('when all is there but what is for other machines, it matches', () => {
    expect(matches(wanted, { 'node_modules/a': { version: '1.0.0' } })).toBe(true);
  });
  it.each([
    ['a package is missing', {}],
    ['a version differs', { 'node_modules/a': { version: '1.0.1' } }],
    ['the installation was interrupted', undefined],
  ])('when %s, it does not match', (_, installed) => {
    expect(matches(wanted, installed)).toBe(false);
  });
});

describe('fingerprint', () => {
  const files = { 'src/a.ts': 'a', 'src/b/c.ts': 'c', 'src/node_modules/x.js': 'x', 'src/dist/out.js': 'out' };

  it('when a source is changed, renamed, added or removed, it changes', () =>
    withCheckout(files, (root) => {
      const seen = new Set([fingerprint(root, ['src'])]);
      writeFileSync(join(root, 'src/a.ts'), 'b');
      seen.add(fingerprint(root, ['src']));
      writeFileSync(join(root, 'src/d.ts'), 'd');
      seen.add(fingerprint(root, ['src']));
      rmSync(join(root, 'src/b'), { recursive: true });
      seen.add(fingerprint(root, ['src']));
      expect(seen.size).toBe(4);
    }));

  it('when only what was built or installed changes, it stays', () =>
    withCheckout(files, (root) => {
      const before = fingerprint(root, ['src', 'missing']);
      writeFileSync(join(root, 'src/dist/out.js'), 'other');
      writeFileSync(join(root, 'src/node_modules/x.js'), 'other');
      expect(fingerprint(root, ['src', 'missing'])).toBe(before);
    }));
});

describe('artifactSteps', () => {
  it('when output and stamp fit the sources, a step is current, and no longer when one of the three changes', () =>
    withCheckout({ 'prisma/schema.prisma': 'model A {}' }, (root) => {
      const step = artifactSteps(root).find(({ name }) => name === 'database client');
      const output = join(root, 'packages/store/src/generated/client.ts');
      const stamp = createStamp(root, 'database client');
      const current = (): boolean => step?.isCurrent() === true;
      const inputs = ['prisma/schema.prisma', 'prisma.config.ts', 'packages/store/package.json'];
      expect(current()).toBe(false);
      mkdirSync(join(output, '..'), { recursive: true });
      writeFileSync(output, '');
      expect(current()).toBe(false);
      stamp.write(fingerprint(root, inputs));
      expect(current()).toBe(true);
      writeFileSync(join(root, 'prisma/schema.prisma'), 'model B {}');
      expect(current()).toBe(false);
      stamp.write(fingerprint(root, inputs));
      rmSync(output);
      expect(current()).toBe(false);
    }));
});

describe('createProgress', () => {
  it('when there is no terminal, a step is two plain lines, and a failure is marked and passed on', async () => {
    const written: string[] = [];
    let time = 0;
    const progress = createProgress({ stream: { write: (text: string) => written.push(text) }, now: () => time });
    await progress.run('installing', async () => {
      time = 1_500;
    });
    await expect(progress.run('building', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(written).toEqual(['  … installing\n', '  ✔ installing (1.5 s)\n', '  … building\n', '  ✘ building (0.0 s)\n']);
  });
});
