import type { DeviceConfiguration } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { configurationContext, encodeConfiguration, verifyConfiguration } from './configuration.ts';
import { sha256Hex } from './digest.ts';
import { generateSealingKey, open, seal } from './sealed-box.ts';
import { deviceId, otherId, refusal } from './testing/fixtures.ts';

const configuration: DeviceConfiguration = {
  deviceId,
  salt: 'c2FsdA==',
  variables: { PLC_HOST: '10.0.0.7', EMPTY: '' },
  credentials: { n1: { user: 'a', password: 'pé' }, 'config.2': { map: { TOKEN: 'x' } } },
};
const { bytes, digest } = encodeConfiguration(configuration);

describe('verifyConfiguration', () => {
  it('when the digest is the assigned one, it returns the configuration', () => {
    expect(verifyConfiguration(bytes, { digest, deviceId })).toEqual(configuration);
  });

  it('when members stand in another order, the digest is the same; with another salt, another', () => {
    const reversed = Object.fromEntries(Object.entries(configuration).reverse()) as DeviceConfiguration;
    expect(encodeConfiguration(reversed).digest).toBe(digest);
    expect(encodeConfiguration({ ...configuration, salt: 'c2FsdHk=' }).digest).not.toBe(digest);
  });

  it('when one byte differs, it is refused', () => {
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = bytes.map((byte, at) => (at === index ? byte ^ 0x20 : byte));
      expect(() => verifyConfiguration(changed, { digest, deviceId })).toThrow(refusal('HASH_MISMATCH'));
    }
  });

  it('when it is for another device, it is refused', () => {
    expect(() => verifyConfiguration(bytes, { digest, deviceId: otherId })).toThrow(refusal('WRONG_DEVICE'));
  });

  it.each<[string, unknown]>([
    ['a variable that no environment can hold', { ...configuration, variables: { 'A B': '' } }],
    ['a variable that is no text', { ...configuration, variables: { A: 1 } }],
    ['credentials that are no object', { ...configuration, credentials: { n1: 'secret' } }],
    ['credentials named after the prototype', JSON.parse(JSON.stringify(configuration).replace('"n1"', '"__proto__"'))],
    ['a variable named after the prototype', JSON.parse(JSON.stringify(configuration).replace('"EMPTY"', '"__proto__"'))],
    ['an unknown member', { ...configuration, shell: true }],
  ])('when it has %s, it is refused though the digest is right', (_, value) => {
    const changed = canonicalJson(value);
    expect(() => verifyConfiguration(changed, { digest: sha256Hex(changed), deviceId })).toThrow(refusal('MALFORMED'));
  });
});

describe('configurationContext', () => {
  it('when a box was sealed for one device and digest, it opens for no other', () => {
    const key = generateSealingKey();
    const box = seal(key.publicKey, bytes, configurationContext({ deviceId, digest }));
    expect(open(key.privateKey, box, configurationContext({ deviceId, digest }))).toEqual(bytes);
    for (const other of [
      { deviceId: otherId, digest },
      { deviceId, digest: sha256Hex('other') },
    ]) {
      expect(() => open(key.privateKey, box, configurationContext(other))).toThrow(refusal('HASH_MISMATCH'));
    }
  });
});
