import { describe, expect, it } from 'vitest';

import { completeLock, missingEntries } from './complete.ts';

const build = { version: '1.2.3', optional: true };
const lock = {
  lockfileVersion: 3,
  packages: {
    'node_modules/tool': {
      version: '1.2.3',
      optionalDependencies: {
        '@tool/linux-x64-gnu': '1.2.3',
        '@tool/linux-x64-musl': '1.2.3',
        '@tool/darwin-arm64': '1.2.3',
        'windows-64': '1.2.3',
      },
    },
    'node_modules/@tool/linux-x64-gnu': build,
  },
};

describe('completeLock', () => {
  it('when builds for other platforms are missing, they are added with version and platform', () => {
    const { packages } = completeLock(lock);
    expect(packages).toMatchObject({
      'node_modules/@tool/linux-x64-musl': { ...build, os: ['linux'], cpu: ['x64'], libc: ['musl'] },
      'node_modules/@tool/darwin-arm64': { ...build, os: ['darwin'], cpu: ['arm64'] },
      'node_modules/windows-64': { ...build, os: ['win32'], cpu: ['x64'] },
    });
    expect(missingEntries({ packages }).size).toBe(0);
  });

  it('when nothing is missing, nothing is changed', () => {
    const complete = completeLock(lock);
    expect(completeLock(complete)).toEqual(complete);
  });

  it('when a dependency lies inside the package or above it, it is not missing', () => {
    const nested = (place: string) => ({
      packages: {
        'node_modules/a/node_modules/tool': { optionalDependencies: { '@tool/linux-x64': '1.0.0' } },
        [place]: { version: '1.0.0' },
      },
    });
    for (const place of [
      'node_modules/a/node_modules/tool/node_modules/@tool/linux-x64',
      'node_modules/a/node_modules/@tool/linux-x64',
      'node_modules/@tool/linux-x64',
    ]) {
      expect(missingEntries(nested(place)).size).toBe(0);
    }
    expect(missingEntries(nested('node_modules/b/node_modules/@tool/linux-x64')).size).toBe(1);
  });

  it.each([
    ['@tool/native', '1.0.0'],
    ['@tool/linux-x64', '^1.0.0'],
  ])('when %s@%s tells no platform or no exact version, it is refused', (name, version) => {
    const unknown = { packages: { 'node_modules/tool': { optionalDependencies: { [name]: version } } } };
    expect(() => completeLock(unknown)).toThrow(/lacks/);
  });
});
