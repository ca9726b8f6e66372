import { describe, expect, it } from 'vitest';
import { parseLock } from './lock.ts';
import { bundledModules, type LockedModule, lockedModules } from './locked-modules.ts';

const modulesOf = (packages: Record<string, object>): Map<string, LockedModule> =>
  new Map(lockedModules(parseLock(JSON.stringify({ lockfileVersion: 3, packages }))).map((module) => [module.path, module]));
const version = '1.0.0';

describe('the packages of a lock', () => {
  it('when some are for development, or inside the tarball of another, they are not listed', () => {
    const packages = {
      '': { dependencies: { a: '*' }, devDependencies: { d: '*' } },
      'node_modules/a': { version },
      'node_modules/a/node_modules/b': { version, inBundle: true },
      'node_modules/d': { version, dev: true },
    };
    const lock = parseLock(JSON.stringify({ lockfileVersion: 3, packages }));
    const modules = modulesOf(packages);
    expect([...modules.keys()]).toEqual(['node_modules/a']);
    expect(bundledModules(lock)).toEqual([{ path: 'node_modules/a/node_modules/b', name: 'b', version, license: null }]);
  });

  it('when one has an alias, it is known by its name in the registry', () => {
    const modules = modulesOf({
      '': { dependencies: { alias: 'npm:@acme/real@1' } },
      'node_modules/alias': { version, name: '@acme/real' },
      'node_modules/@acme/other': { version },
      'node_modules/alias/node_modules/@acme/inner': { version },
    });
    expect([...modules.values()].map(({ name }) => name)).toEqual(['@acme/other', '@acme/real', '@acme/inner']);
  });

  it('when a package is optional, it says for whose sake it is there and what it needs', () => {
    const modules = modulesOf({
      '': { dependencies: { native: '*' } },
      'node_modules/native': { version, optionalDependencies: { 'native-wasm': '*', 'native-linux': '*' } },
      'node_modules/native-linux': { version, optional: true, os: ['linux'], libc: 'glibc', dependencies: { plain: '*' } },
      'node_modules/native-wasm': { version, optional: true, cpu: ['wasm32'], dependencies: { core: '*' } },
      'node_modules/native-wasm/node_modules/core': { version, optional: true, peerDependencies: { helper: '*' } },
      'node_modules/core': { version },
      'node_modules/helper': { version, optional: true },
      'node_modules/plain': { version },
    });
    expect(modules.get('node_modules/native-wasm')).toMatchObject({
      cpu: ['wasm32'],
      optional: { dependents: ['node_modules/native'], requires: ['node_modules/native-wasm/node_modules/core'] },
    });
    expect(modules.get('node_modules/native-linux')).toMatchObject({ os: ['linux'], libc: ['glibc'], optional: { requires: [] } });
    expect(modules.get('node_modules/native-wasm/node_modules/core')?.optional).toEqual({
      dependents: ['node_modules/native-wasm'],
      requires: ['node_modules/helper'],
    });
    expect(modules.get('node_modules/helper')?.optional?.dependents).toEqual(['node_modules/native-wasm/node_modules/core']);
    expect(modules.get('node_modules/plain')).not.toHaveProperty('optional');
  });

  it('when the release itself asks for an optional package, that is a reason to have it', () => {
    const modules = modulesOf({ '': { optionalDependencies: { a: '*' } }, 'node_modules/a': { version, optional: true } });
    expect(modules.get('node_modules/a')?.optional).toEqual({ dependents: [''], requires: [] });
  });

  it('when a bundled package needs one outside, the bundle is the reason', () => {
    const modules = modulesOf({
      '': { dependencies: { a: '*' } },
      'node_modules/a': { version },
      'node_modules/a/node_modules/b': { version, inBundle: true, optionalDependencies: { c: '*' } },
      'node_modules/c': { version, optional: true },
    });
    expect(modules.get('node_modules/c')?.optional?.dependents).toEqual(['node_modules/a']);
  });

  it('when names are those of every object, nothing is found that is not there', () => {
    const modules = modulesOf({
      '': { dependencies: { a: '*' } },
      'node_modules/a': { version, peerDependencies: { constructor: '*' }, peerDependenciesMeta: {}, optional: true },
    });
    expect(modules.get('node_modules/a')?.optional?.requires).toEqual([]);
  });
});
