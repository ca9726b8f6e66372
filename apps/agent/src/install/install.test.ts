import type { ReleaseManifest } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { AgentError } from '../errors.ts';
import { bytesNeeded, moduleBytesNeeded, requireSpace, withDiskFull } from './disk.ts';
import { canApplyHot, type Installation, inputsDigestOf, inputsOf, installationName } from './installation.ts';
import { requireRunnableFlows } from './stage.ts';
import { isAtLeast, satisfiesRange } from './version-range.ts';

describe('a version range', () => {
  it.each([
    ['24.21.0', '>=22.9', true],
    ['20.20.2', '>=22.9', false],
    ['22.9.0', '>=22.9', true],
    ['22.8.9', '>=22.9', false],
    ['24.1.0', '^22 || ^24', true],
    ['23.1.0', '^22 || ^24', false],
    ['22.12.1', '~22.12', true],
    ['22.13.0', '~22.12', false],
    ['22.13.0', '~22', true],
    ['20.19.0', '20.x', true],
    ['21.0.0', '20.x', false],
    ['24.0.0', '*', true],
    ['24.0.0', '', true],
    ['24.5.0', '>=22 <24.5.0', false],
    ['24.4.9', '>= 22 < 24.5', true],
    ['24.5.1', '<=24.5', true],
    ['24.6.0', '<=24.5', false],
    ['25.0.0', '>24', true],
    ['24.9.0', '>24', false],
    ['22.0.0', '20.0.0 - 22.0.0', true],
    ['22.0.1', '20.0.0 - 22.0.0', false],
    ['0.2.5', '^0.2.3', true],
    ['0.3.0', '^0.2.3', false],
    ['24.0.0', '24.0.0', true],
    ['24.0.0', 'v24.0.0', true],
    ['24.0.0', 'latest', false],
    ['nonsense', '*', false],
  ])('when asked whether %s fits "%s", it says %s', (version, range, expected) => {
    expect(satisfiesRange(version, range)).toBe(expected);
  });

  it('when a version is compared with a minimum, numbers count and not letters', () => {
    expect([isAtLeast('0.10.0', '0.9.0'), isAtLeast('0.9.0', '0.10.0'), isAtLeast('1.0.0', '1.0.0'), isAtLeast('x', '1.0.0')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('the disk', () => {
  it('when there is not enough room, it says how much is needed', async () => {
    const fileSystem = { freeBytes: () => Promise.resolve(10 * 1024 * 1024) } as unknown as Parameters<typeof requireSpace>[0];
    await expect(requireSpace(fileSystem, '/', bytesNeeded({ files: [] }))).rejects.toMatchObject({ code: 'DISK_FULL' });
    await expect(requireSpace(fileSystem, '/', 1)).resolves.toBeUndefined();
  });
  it('when modules are missing, room is needed for tarballs and for what is in them; when none is, for nothing', () => {
    const missing = { packages: [{}], tarballBytes: 1e9, unpackedBytes: 5e9 };
    expect(moduleBytesNeeded(missing)).toBeGreaterThan(6e9);
    expect(moduleBytesNeeded({ ...missing, packages: [] })).toBe(0);
  });
  it('when it becomes full on the way, that is told and no other error is hidden', () => {
    expect(withDiskFull(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toMatchObject({ code: 'DISK_FULL' });
    const other = new Error('other');
    expect(withDiskFull(other)).toBe(other);
  });
});

describe('what an installation gets from outside', () => {
  const declared = (name: string, change: object = {}): ReleaseManifest['variables'][number] => ({
    name,
    required: false,
    secret: false,
    ...change,
  });
  const configuration = {
    deviceId: 'd',
    salt: '',
    variables: { A: '1', EVIL: '2', NODE_OPTIONS: '--import x' },
    credentials: { n: { user: 'u' } },
  };

  it('when a variable was not declared in the signed manifest, it does not get in', () => {
    expect(inputsOf([declared('A')], configuration).environment).toEqual({ A: '1' });
  });
  it.each(['NODE_OPTIONS', 'LD_PRELOAD', 'PATH', 'SLUICE_PROBE_TOKEN'])('when %s is declared, it does not get in either', (name) => {
    const variables = { ...configuration, variables: { [name]: 'x' } };
    expect(inputsOf([declared(name)], variables).environment).toEqual({});
  });
  it('when there is no value, the default counts; a required one without default is an error', () => {
    expect(inputsOf([declared('B', { default: 'b' })], null).environment).toEqual({ B: 'b' });
    expect(() => inputsOf([declared('B', { required: true })], configuration)).toThrow(AgentError);
  });
  it('when only the order differs, the digest is the same', () => {
    const left = { environment: { A: '1', B: '2' }, credentials: {} };
    const right = { environment: { B: '2', A: '1' }, credentials: {} };
    expect(inputsDigestOf(left)).toBe(inputsDigestOf(right));
    expect(inputsDigestOf(left)).not.toBe(inputsDigestOf({ ...left, environment: { A: '1', B: '3' } }));
  });
  it.each(['lockDigest', 'settingsDigest', 'runtimeVersion', 'inputsDigest'] as const)('when %s differs, it is not applied hot', (name) => {
    const running = { lockDigest: 'l', settingsDigest: 's', runtimeVersion: '5', inputsDigest: 'i' } as Installation;
    expect(canApplyHot(running, { ...running, flowsRevision: 'other', name: 'other' })).toBe(true);
    expect(canApplyHot(running, { ...running, [name]: 'other' })).toBe(false);
  });
  it('when releases or configurations differ, so do the names', () => {
    const names = [
      installationName('a'.repeat(64), null),
      installationName('b'.repeat(64), null),
      installationName('a'.repeat(64), 'c'.repeat(64)),
    ];
    expect(new Set(names).size).toBe(3);
  });
});

describe('flows before they run', () => {
  const manifest = { flowsRevision: '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945' } as ReleaseManifest;
  it('when they are what the manifest says, they pass, whatever their white space', () => {
    expect(() => requireRunnableFlows(Buffer.from('\uFEFF[ ]'), manifest)).not.toThrow();
  });
  it.each([
    ['{', 'FLOWS_MALFORMED'],
    ['{"flows":[]}', 'FLOWS_MALFORMED'],
    ['[1]', 'FLOWS_MALFORMED'],
    ['[{}]', 'FLOWS_REVISION_DIFFERS'],
  ])('when they are %s, the code is %s', (text, code) => {
    expect(() => requireRunnableFlows(Buffer.from(text), manifest)).toThrow(expect.objectContaining({ code }));
  });
});
