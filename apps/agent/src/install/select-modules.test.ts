import type { ReleaseModule } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { type Platform, selectModules } from './select-modules.ts';

const here: Platform = { os: 'linux', cpu: 'x64', libc: 'glibc' };

function module(name: string, more: Partial<ReleaseModule> = {}): ReleaseModule {
  const facts = { version: '1.0.0', integrity: 'sha512-A', sha256: 'a'.repeat(64), length: 1, unpackedLength: 1 };
  return { path: `node_modules/${name}`, name, ...facts, ...more };
}
function optional(name: string, more: Partial<ReleaseModule> = {}, dependents = [''], requires: string[] = []): ReleaseModule {
  const paths = (names: string[]): string[] => names.map((each) => (each === '' ? '' : `node_modules/${each}`));
  return module(name, { ...more, optional: { dependents: paths(dependents), requires: paths(requires) } });
}
const chosen = (modules: ReleaseModule[], platform = here): string[] => selectModules({ modules }, platform).map(({ name }) => name);

describe('the packages of a tree', () => {
  it.each<[Partial<ReleaseModule>, Platform, boolean]>([
    [{}, here, true],
    [{ os: ['linux'] }, here, true],
    [{ os: ['darwin', 'win32'] }, here, false],
    [{ os: ['!win32'] }, here, true],
    [{ os: ['!linux'] }, here, false],
    [{ os: ['linux', '!linux'] }, here, false],
    [{ os: ['any'] }, here, true],
    [{ os: [] }, here, true],
    [{ cpu: ['arm64'] }, here, false],
    [{ cpu: ['arm64'] }, { ...here, cpu: 'arm64' }, true],
    [{ libc: ['musl'] }, here, false],
    [{ libc: ['glibc'] }, here, true],
    [{ libc: ['glibc'] }, { ...here, libc: null }, false],
    [{ libc: ['glibc'] }, { os: 'darwin', cpu: 'x64', libc: null }, false],
  ])('when an optional one is made for %j and the device is %j, it is taken: %s', (made, platform, taken) => {
    expect(chosen([optional('native', made)], platform)).toEqual(taken ? ['native'] : []);
  });

  it('when one is only there for another that does not fit, it is left out, however long the way', () => {
    const modules = [
      optional('wasm', { cpu: ['wasm32'] }),
      optional('core', {}, ['wasm', 'helper']),
      optional('helper', {}, ['core']),
      optional('shared', {}, ['wasm', 'plain']),
      module('plain'),
    ];
    expect(chosen(modules)).toEqual(['shared', 'plain']);
  });

  it('when one needs another that does not fit or that nobody had, it is left out with all that is there for it', () => {
    const modules = [
      optional('bindings', {}, [''], ['native']),
      optional('native', { cpu: ['arm64'] }, ['bindings']),
      optional('orphan', {}, [''], ['omitted']),
      optional('below', {}, ['orphan']),
      optional('fine', {}, ['']),
    ];
    expect(chosen(modules)).toEqual(['fine']);
    expect(chosen(modules, { ...here, cpu: 'arm64' })).toEqual(['bindings', 'native', 'fine']);
  });

  it('when a required one does not fit, the device says which and what it is itself', () => {
    const select = (): unknown => chosen([module('serial', { os: ['win32'] })]);
    expect(select).toThrow(
      expect.objectContaining({ code: 'RUNTIME_UNFIT', message: expect.stringMatching(/serial 1\.0\.0.*linux x64 glibc/) }),
    );
  });
});
