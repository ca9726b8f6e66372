import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotError } from '../errors.ts';
import { refusal } from '../testing/refusal.ts';
import { type Lock, lockDigest, parseLock } from './lock.ts';
import { checkLockMatchesPackage, lockDifferences } from './lock-match.ts';

type Places = Record<string, unknown>;

function lockText(places: Places, dependencies: Record<string, string>): string {
  const document = { name: 'x', lockfileVersion: 3, requires: true, packages: { '': { name: 'x', dependencies }, ...places } };
  return JSON.stringify(document, null, 2);
}

const places = {
  'node_modules/a': { version: '1.2.3', resolved: 'https://registry.example/a.tgz', integrity: 'sha512-AA==', dependencies: { b: '^2' } },
  'node_modules/a/node_modules/b': { version: '2.0.0' },
  'node_modules/@s/c': { version: '0.1.0-beta.2', license: 'MIT' },
};
const asked = { a: '^1.2.0', '@s/c': '0.1.0-beta.2' };
const lock = parseLock(lockText(places, asked));
const manifest = (dependencies: Record<string, string>): { dependencies: Record<string, string>; nodeRedSettings: object } => ({
  dependencies,
  nodeRedSettings: {},
});

describe('parseLock', () => {
  it('when it is a lock of npm, places and versions are found', () => {
    expect(lock.lockfileVersion).toBe(3);
    expect(lock.packages.get('node_modules/a')).toEqual({
      version: '1.2.3',
      resolved: 'https://registry.example/a.tgz',
      integrity: 'sha512-AA==',
      link: false,
    });
    expect([...lock.packages.keys()]).toEqual(Object.keys(places));
    expect(Object.fromEntries(lock.rootDependencies)).toEqual(asked);
  });

  it('when it is written with other white space, it is the same lock; with another version, another', () => {
    const compact = parseLock(`\uFEFF${JSON.stringify(JSON.parse(lockText(places, asked)))}`);
    expect(lockDigest(compact)).toBe(lockDigest(lock));
    expect(lockDigest(lock)).toBe(createHash('sha256').update(lock.bytes).digest('hex'));
    expect(lockDigest(parseLock(lockText({ ...places, 'node_modules/d': { version: '1.0.0' } }, asked)))).not.toBe(lockDigest(lock));
  });

  it.each<[string, string, string]>([
    ['not JSON', '', ''],
    ['null', 'null', ''],
    ['of npm 6', '{"lockfileVersion":1,"dependencies":{}}', '/lockfileVersion'],
    ['without packages', '{"lockfileVersion":3}', '/packages'],
    ['without root', '{"lockfileVersion":3,"packages":{}}', '/packages/'],
    ['with a package that is no object', lockText({ 'node_modules/a': 1 }, {}), '/packages/node_modules~1a'],
    ['with a version that is no text', lockText({ 'node_modules/a': { version: 1 } }, {}), '/packages/node_modules~1a/version'],
    ['with a workspace', lockText({ 'packages/a': { version: '1.0.0' } }, {}), '/packages/packages~1a'],
    ['with a way out', lockText({ 'node_modules/../../a': {} }, {}), '/packages/node_modules~1..~1..~1a'],
  ])('when it is %s, it is refused and says where', (_, text, pointer) => {
    expect(() => parseLock(text)).toThrow(refusal('LOCK_MALFORMED', pointer));
  });

  it('when bytes are arbitrary, they are read or refused, never anything else', () => {
    const close = fc.jsonValue().map((value) => JSON.stringify({ lockfileVersion: 3, packages: { '': value, 'node_modules/a': value } }));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json(), close), (source) => {
        try {
          parseLock(source);
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotError);
        }
      }),
    );
  });
});

describe('checkLockMatchesPackage', () => {
  it.each<[string, Record<string, string>]>([
    ['as recorded', asked],
    ['exactly', { ...asked, a: '1.2.3' }],
    ['by another range', { ...asked, a: '1.x || 2.x' }],
    ['by any', { ...asked, a: '*' }],
  ])('when every module is asked for %s, the lock fits', (_, dependencies) => {
    expect(() => checkLockMatchesPackage(manifest(dependencies), lock)).not.toThrow();
  });

  it('when a tag is asked for, the lock fits if it was made from that tag', () => {
    const tagged: Lock = parseLock(lockText(places, { ...asked, a: 'latest' }));
    expect(lockDifferences(manifest({ ...asked, a: 'latest' }), tagged)).toEqual([]);
    expect(lockDifferences(manifest({ ...asked, a: 'next' }), tagged)).toEqual([{ name: 'a', asked: 'next', locked: '1.2.3' }]);
  });

  it('when modules differ, each is named with both versions', () => {
    const dependencies = { a: '^2.0.0', b: '2.0.0', constructor: '1.0.0' };
    expect(lockDifferences(manifest(dependencies), lock)).toEqual([
      { name: '@s/c', asked: null, locked: '0.1.0-beta.2' },
      { name: 'a', asked: '^2.0.0', locked: '1.2.3' },
      { name: 'b', asked: '2.0.0', locked: null },
      { name: 'constructor', asked: '1.0.0', locked: null },
    ]);
    expect(() => checkLockMatchesPackage(manifest(dependencies), lock)).toThrow(refusal('LOCK_MISMATCH'));
    expect(() => checkLockMatchesPackage(manifest(dependencies), lock)).toThrow(
      /@s\/c .*a is asked for as \^2\.0\.0 but locked at 1\.2\.3.*b .*not locked/,
    );
  });

  it('when a module is only there because another needs it, it is not locked for the project', () => {
    const transitive = parseLock(lockText({ ...places, 'node_modules/d': { version: '1.0.0' } }, asked));
    expect(lockDifferences(manifest({ ...asked, d: '1.0.0' }), transitive)).toEqual([{ name: 'd', asked: '1.0.0', locked: '1.0.0' }]);
  });
});
