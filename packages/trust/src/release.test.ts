import type { ReleaseManifest } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { payloadDigest, signEnvelope } from './dsse.ts';
import { payloadTypes } from './payload.ts';
import { checkReleaseCounter, parseReleaseManifest, signRelease, verifyRelease } from './release.ts';
import { applicationId, makeTrust, manifest, organizationId, otherId, overTheWire, refusal } from './testing/fixtures.ts';

const { root, keys } = makeTrust({ release: 2 });
const { envelope, digest } = signRelease(manifest, keys.release);
const expectation = { digest, organizationId, applicationId, releaseCounter: 4, minimumReleaseCounter: 3 };

/** Signs bytes that `signRelease` would refuse to sign. */
function signRaw(payload: Uint8Array): { value: unknown; digest: string } {
  const value = signEnvelope({ payloadType: payloadTypes.release, payload }, keys.release);
  return { value, digest: payloadDigest(value) };
}

describe('verifyRelease', () => {
  it('when digest, signatures and counter are right, it returns the manifest', () => {
    expect(verifyRelease(overTheWire(envelope), root, expectation)).toEqual(manifest);
  });

  it('when another release is delivered than assigned, it is mix-and-match, whoever signed it', () => {
    const other = signRelease({ ...manifest, releaseName: 'other' }, keys.release).envelope;
    expect(() => verifyRelease(other, root, expectation)).toThrow(refusal('MIX_AND_MATCH'));
  });

  it('when too few release keys signed, or the director instead, it is refused', () => {
    const [first] = keys.release;
    if (first === undefined) throw new Error('no key');
    for (const signers of [[first], [first, first], keys.director, [first, ...keys.director]]) {
      expect(() => verifyRelease(signRelease(manifest, signers).envelope, root, expectation)).toThrow(refusal('SIGNATURE'));
    }
  });

  it.each(['organizationId', 'applicationId'] as const)('when the %s is not the assigned one, it is mix-and-match', (name) => {
    expect(() => verifyRelease(envelope, root, { ...expectation, [name]: otherId })).toThrow(refusal('MIX_AND_MATCH'));
  });

  it('when the counter is not the assigned one, it is mix-and-match', () => {
    expect(() => verifyRelease(envelope, root, { ...expectation, releaseCounter: 5 })).toThrow(refusal('MIX_AND_MATCH'));
  });

  it('when a higher counter was committed before, it is a rollback', () => {
    expect(() => verifyRelease(envelope, root, { ...expectation, minimumReleaseCounter: 5 })).toThrow(refusal('ROLLBACK_DETECTED'));
  });

  it('when the signed bytes are not canonical, or hold a member twice, it is refused', () => {
    const canonical = new TextDecoder().decode(canonicalJson(manifest));
    for (const text of [`${canonical} `, canonical.replace('{', '{"releaseCounter":9,'), `\uFEFF${canonical}`, '{']) {
      const { value, digest: changed } = signRaw(new TextEncoder().encode(text));
      expect(() => verifyRelease(value, root, { ...expectation, digest: changed })).toThrow(refusal('MALFORMED'));
    }
  });

  it('when the signed bytes are not UTF-8, it is refused', () => {
    const { value, digest: changed } = signRaw(Uint8Array.of(0x22, 0xff, 0x22));
    expect(() => verifyRelease(value, root, { ...expectation, digest: changed })).toThrow(refusal('MALFORMED'));
  });
});

describe('parseReleaseManifest', () => {
  const { files: _files, ...withoutFiles } = manifest;
  const [file] = manifest.files;
  const withPaths = (...paths: string[]): unknown => ({ ...manifest, files: paths.map((path) => ({ ...file, path })) });

  it.each<[string, unknown]>([
    ['an absolute path', withPaths('/etc/passwd')],
    ['a parent path', withPaths('a/../../b')],
    ['a dot', withPaths('./a')],
    ['an empty part', withPaths('a//b')],
    ['a folder', withPaths('a/')],
    ['an empty path', withPaths('')],
    ['a backslash', withPaths('a\\b')],
    ['a drive', withPaths('C:/a')],
    ['a control character', withPaths('a\u0000b')],
    ['a lone surrogate', withPaths('a\ud800')],
    ['a path twice', withPaths('a', 'b', 'a')],
    ['paths that differ in case only', withPaths('A', 'a')],
    ['paths that differ in Unicode form only', withPaths('\u00e4', 'a\u0308')],
    ['a file that is also a folder', withPaths('a/b/c', 'a/b')],
    ['a negative length', { ...manifest, files: [{ ...file, length: -1 }] }],
    ['an upper-case digest', { ...manifest, lockDigest: manifest.lockDigest.toUpperCase() }],
    ['another runtime', { ...manifest, runtime: { ...manifest.runtime, kind: 'shell' } }],
    ['counter zero', { ...manifest, releaseCounter: 0 }],
    ['a counter that is text', { ...manifest, releaseCounter: '4' }],
    ['a counter that is no safe integer', { ...manifest, releaseCounter: 2 ** 53 }],
    ['an unknown member', { ...manifest, run: 'rm' }],
    ['a member that only its prototype has', Object.assign(Object.create({ files: [] }), withoutFiles)],
    ['a variable twice', { ...manifest, variables: [manifest.variables[0], manifest.variables[0]] }],
    ['a variable that no environment can hold', { ...manifest, variables: [{ name: 'A=B', required: true, secret: false }] }],
    ['a day that does not exist', { ...manifest, createdAt: '2026-02-30T00:00:00.000Z' }],
    ['a time without milliseconds', { ...manifest, createdAt: '2026-02-01T00:00:00Z' }],
    ['a health policy without end', { ...manifest, healthPolicy: { ...manifest.healthPolicy, decideWithinMs: 1e12 } }],
  ])('when the manifest has %s, it is neither read nor signed', (_, value) => {
    expect(() => parseReleaseManifest(value)).toThrow(refusal('MALFORMED'));
    expect(() => signRelease(value as ReleaseManifest, keys.release)).toThrow(refusal('MALFORMED'));
  });

  it('when paths are ordinary, they are accepted', () => {
    const value = withPaths('flows.json', 'lib/flows/a b.json', '.config.json', '...', 'data-ü');
    expect(parseReleaseManifest(value)).toEqual(value);
  });
});

describe('checkReleaseCounter', () => {
  it.each([
    [4, 3],
    [4, 4],
    [1, 0],
  ])('when release %i follows %i, it is fine', (counter, minimum) => expect(() => checkReleaseCounter(counter, minimum)).not.toThrow());

  it('when it is lower, it is a rollback', () => {
    expect(() => checkReleaseCounter(3, 4)).toThrow(refusal('ROLLBACK_DETECTED'));
  });
});
