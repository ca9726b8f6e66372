import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { hasIntegrity, strongestIntegrity } from './integrity.ts';
import { licenseIn, readPackageJson } from './package-facts.ts';
import { licenseOf, packageUrl } from './sbom.ts';

const bytes = Buffer.from('tarball');
const hash = (algorithm: string): string => `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`;

it('when a lock names several hashes, the strongest counts', () => {
  const integrity = strongestIntegrity(`${hash('sha1')} ${hash('sha512')}?x ${hash('sha256')}`);
  expect(integrity?.text).toBe(hash('sha512'));
  expect(integrity !== undefined && hasIntegrity(bytes, integrity)).toBe(true);
  expect(integrity !== undefined && hasIntegrity(Buffer.from('other'), integrity)).toBe(false);
  expect(strongestIntegrity(hash('sha1'))?.algorithm).toBe('sha1');
});

it.each(['', 'sha512-', 'sha512-AAAA', 'md5-1B2M2Y8AsgTpgAmY7PhCfg==', `${hash('sha1')}x`, 'sha512'])(
  'when it names none that we know (%j), there is none',
  (text) => {
    expect(strongestIntegrity(text)).toBeUndefined();
  },
);

it.each([
  ['{"license":"MIT"}', 'MIT'],
  ['{"license":{"type":"ISC","url":"x"}}', 'ISC'],
  ['{"licenses":[{"type":"MIT"},{"type":"GPL-2.0"}]}', '(MIT OR GPL-2.0)'],
  ['{"license":"MIT","licenses":[{"type":"MIT"}]}', 'MIT'],
  ['{"license":7}', null],
  ['{}', null],
  ['[', null],
])('when a package.json is %s, its licence is %j', (text, license) => {
  expect(licenseIn(readPackageJson(Buffer.from(text)))).toBe(license);
});

it.each([
  ['MIT', { license: { id: 'MIT' } }],
  ['(MIT OR Apache-2.0)', { expression: '(MIT OR Apache-2.0)' }],
  ['SEE LICENSE IN LICENSE.md', { license: { name: 'SEE LICENSE IN LICENSE.md' } }],
  ['(MIT OR GPL-2.0)', { license: { name: '(MIT OR GPL-2.0)' } }],
  ['Apache 2.0', { license: { name: 'Apache 2.0' } }],
])('when a licence is %s, it is written as %j', (text, written) => {
  expect(licenseOf(text)).toEqual(written);
});

it('when a package has a scope, its URL has it as a namespace', () => {
  expect(packageUrl('@node-red/nodes', '5.0.7')).toBe('pkg:npm/%40node-red/nodes@5.0.7');
  expect(packageUrl('ms', '2.1.3-beta+1')).toBe('pkg:npm/ms@2.1.3-beta%2B1');
});
