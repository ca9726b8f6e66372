import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { pae, parseEnvelope, payloadDigest, signEnvelope, verifyEnvelope } from './dsse.ts';
import { exportPrivateKey, privateKeyFromRaw } from './key-object.ts';
import { generateSigningKey, type SigningKey, signingKeyFromPrivateKey } from './signing-key.ts';
import { overTheWire, refusal } from './testing/fixtures.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const payloadType = 'http://example.com/HelloWorld';
const keys = [generateSigningKey(), generateSigningKey(), generateSigningKey()] as const;
const trusted = (...some: SigningKey[]): Map<string, string> => new Map(some.map((key) => [key.keyId, key.publicKey]));
const [first, second, third] = keys;
const envelope = signEnvelope({ payloadType, payload: text('hello world') }, [first, second]);
const expectation = { payloadType, keys: trusted(...keys), threshold: 2 };

describe('pae', () => {
  it('when given the example of the DSSE specification, it is encoded as there', () => {
    expect(Buffer.from(pae(payloadType, text('hello world'))).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('when the type is not ASCII, its length counts bytes', () => {
    expect(Buffer.from(pae('ä', text('ö'))).toString()).toBe('DSSEv1 2 ä 2 ö');
  });

  it('when type and payload differ, the encoding differs', () => {
    fc.assert(
      fc.property(fc.tuple(fc.string(), fc.string()), fc.tuple(fc.string(), fc.string()), (left, right) => {
        fc.pre(left[0] !== right[0] || left[1] !== right[1]);
        expect(pae(left[0], text(left[1]))).not.toEqual(pae(right[0], text(right[1])));
      }),
    );
  });
});

describe('verifyEnvelope', () => {
  it('when enough keys signed, it returns the exact payload', () => {
    expect(verifyEnvelope(overTheWire(envelope), expectation)).toEqual(text('hello world'));
    expect(payloadDigest(envelope)).toBe('b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9');
  });

  it('when another implementation signs with the same key, the signature is the same', () => {
    const seed = new Uint8Array(Buffer.from('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7', 'hex'));
    const signer = signingKeyFromPrivateKey(exportPrivateKey(privateKeyFromRaw('ed25519', seed)));
    expect(signEnvelope({ payloadType, payload: text('hello world') }, [signer]).signatures[0]?.sig).toBe(
      'x/7blsxfU9FOMmRNCE1fQAjqnRS4B64XHgHQqM4PxTkE4pZ8CzhLJ/AMlVukwhsdJPXxlAS0QIBeX/ygWBbRAQ==',
    );
  });

  it('when any single byte of the envelope is flipped, it is refused', () => {
    const bytes = text(JSON.stringify(envelope));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, mask) => {
        const changed = bytes.map((byte, at) => (at === index ? byte ^ mask : byte));
        expect(() => verifyEnvelope(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(changed)), expectation)).toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  it('when one key signs often, it counts once', () => {
    const once = envelope.signatures[0];
    if (once === undefined) throw new Error('no signature');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), (count) => {
        const repeated = { ...envelope, signatures: Array.from({ length: count }, () => once) };
        expect(() => verifyEnvelope(repeated, expectation)).toThrow(refusal('SIGNATURE'));
        expect(verifyEnvelope(repeated, { ...expectation, threshold: 1 })).toEqual(text('hello world'));
      }),
    );
  });

  it('when one key is listed under two ids, it counts once', () => {
    const alias = 'f'.repeat(64);
    const listed = new Map([...trusted(first), [alias, first.publicKey]]);
    const signed = signEnvelope({ payloadType, payload: text('x') }, [first, { keyId: alias, privateKey: first.privateKey }]);
    expect(() => verifyEnvelope(signed, { payloadType, keys: listed, threshold: 2 })).toThrow(refusal('SIGNATURE'));
  });

  it('when a key that is not trusted signs, it counts nothing', () => {
    expect(() => verifyEnvelope(envelope, { ...expectation, keys: trusted(first, third) })).toThrow(refusal('SIGNATURE'));
    expect(() => verifyEnvelope(envelope, { ...expectation, keys: new Map() })).toThrow(refusal('SIGNATURE'));
  });

  it('when a wrong signature stands beside enough right ones, it does no harm', () => {
    const wrong = { keyid: third.keyId, sig: encodeBase64(new Uint8Array(64)) };
    expect(verifyEnvelope({ ...envelope, signatures: [wrong, ...envelope.signatures] }, expectation)).toEqual(text('hello world'));
  });

  it('when the payload is of another type, it is refused', () => {
    expect(() => verifyEnvelope(envelope, { ...expectation, payloadType: 'other' })).toThrow(refusal('SIGNATURE'));
  });

  it.each([0, -1, 1.5, Number.NaN])('when the threshold is %d, nothing passes', (threshold) => {
    expect(() => verifyEnvelope(envelope, { ...expectation, threshold })).toThrow(refusal('MALFORMED'));
  });

  it('when the payload or the signatures are too many, it is refused before any work', () => {
    expect(() => verifyEnvelope(envelope, { ...expectation, payloadBytesMax: 5 })).toThrow(refusal('ENDLESS_DATA'));
    const signatures = Array.from({ length: 17 }, () => envelope.signatures[0]);
    expect(() => verifyEnvelope({ ...envelope, signatures }, expectation)).toThrow(refusal('ENDLESS_DATA'));
  });
});

describe('parseEnvelope', () => {
  it.each([
    ['null', null],
    ['an array', []],
    ['without payload', { payloadType, signatures: [] }],
    ['with an unknown member', { ...envelope, extra: 1 }],
    ['with an upper-case key id', { ...envelope, signatures: [{ keyid: first.keyId.toUpperCase(), sig: '' }] }],
    ['with a payload that is no text', { ...envelope, payload: 5 }],
  ])('when it is %s, it is refused', (_, value) => {
    expect(() => parseEnvelope(value)).toThrow(refusal('MALFORMED'));
  });

  it.each([
    ['without padding', (payload: string) => payload.replace(/=+$/, '')],
    ['in the URL alphabet', () => '_w=='],
    ['with unused bits set', () => '/x=='],
    ['with a line break', (payload: string) => `${payload}\n`],
  ])('when base64 comes %s, it is refused', (_, spell) => {
    expect(() => verifyEnvelope({ ...envelope, payload: spell(envelope.payload) }, expectation)).toThrow(refusal('MALFORMED'));
  });
});
