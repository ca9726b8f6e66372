import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotError } from '../errors.ts';
import { refusal } from '../testing/refusal.ts';
import { credentialsDigest, decryptCredentials, encryptCredentials, parseCredentials, readCredentials } from './credentials.ts';

// Written by Node-RED itself: secret, initialisation vector, plain and encrypted form.
const secret = 'device-secret-1';
const iv = new Uint8Array(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'));
const plain = { n1: { user: 'a', password: 'pé' } };
const encrypted = { $: '000102030405060708090a0b0c0d0e0fB9jEOD75dwy3QykFpaSKMVy36jj5mp6xnnc9m1DdCG7DOZqx' };

describe('credentials', () => {
  it('when encrypting as Node-RED did, the result is the same, and decrypts', () => {
    expect(encryptCredentials(plain, secret, iv)).toEqual(encrypted);
    expect(decryptCredentials(encrypted, secret)).toEqual(plain);
    expect(parseCredentials(`\uFEFF${JSON.stringify(encrypted)}`, secret)).toEqual(plain);
  });

  it('when they are plain, they are taken as they are, with or without a secret', () => {
    const withMap = { ...plain, config: { map: { TOKEN: 'x', has_TOKEN: true } } };
    expect(readCredentials(withMap, null)).toEqual(withMap);
    expect(readCredentials(withMap, secret)).toEqual(withMap);
    expect(parseCredentials('{}', null)).toEqual({});
  });

  it('when any credentials are encrypted, the same secret decrypts them and no other does', () => {
    const field = fc.string({ unit: 'grapheme' });
    const ids = fc.stringMatching(/^[0-9a-f]{1,16}$/);
    fc.assert(
      fc.property(
        fc.dictionary(ids, fc.dictionary(ids, field), { minKeys: 1 }),
        fc.string(),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (value, key, vector) => {
          const box = encryptCredentials(value, key, vector);
          expect(decryptCredentials(box, key)).toEqual(value);
          expect(() => decryptCredentials(box, `${key}x`)).toThrow(refusal('CREDENTIALS_UNREADABLE'));
        },
      ),
    );
  });

  it.each<[string, unknown]>([
    ['encrypted without a secret', encrypted],
    ['no object', []],
    ['an entry that is no object', { n1: 'password' }],
    ['an entry named after the prototype', JSON.parse('{"__proto__":{"a":1}}')],
  ])('when they are %s, they are refused', (_, value) => {
    expect(() => readCredentials(value, null)).toThrow(refusal('CREDENTIALS_UNREADABLE'));
  });

  it.each(['', '00', 'zz'.repeat(16), `${'00'.repeat(16)}%%`, `${'00'.repeat(16)}AAAA`])(
    'when the ciphertext is %j, they are refused',
    ($) => {
      expect(() => decryptCredentials({ $ }, secret)).toThrow(refusal('CREDENTIALS_UNREADABLE'));
    },
  );

  it('when a flipped bit leaves valid JSON but no valid text, they are refused instead of changed silently', () => {
    const bytes = Buffer.from(encrypted.$.slice(32), 'base64');
    const at = JSON.stringify(plain).indexOf('"p') + '"password":"'.length;
    bytes[at] = (bytes[at] ?? 0) ^ 0x80;
    const $ = encrypted.$.slice(0, 32) + bytes.toString('base64');
    expect(() => decryptCredentials({ $ }, secret)).toThrow(refusal('CREDENTIALS_UNREADABLE'));
  });

  it('when bytes are arbitrary, they are read or refused, never anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json(),
          fc.base64String().map((body) => JSON.stringify({ $: '00'.repeat(16) + body })),
        ),
        (source) => {
          try {
            parseCredentials(source, secret);
          } catch (error) {
            expect(error).toBeInstanceOf(SnapshotError);
          }
        },
      ),
    );
  });

  it('when credentials are digested, order does not matter, but content and key do', () => {
    const key = new Uint8Array(32);
    const digest = credentialsDigest({ a: { x: '1', y: '2' }, b: {} }, key);
    expect(credentialsDigest({ b: {}, a: { y: '2', x: '1' } }, key)).toBe(digest);
    expect(credentialsDigest({ a: { x: '1', y: '3' }, b: {} }, key)).not.toBe(digest);
    expect(credentialsDigest({ a: { x: '1', y: '2' }, b: {} }, key.with(0, 1))).not.toBe(digest);
  });

  it('when a field holds half of a surrogate pair, it is refused and the field is not repeated', () => {
    const key = new Uint8Array(32);
    for (const credentials of [{ a: { x: 'half \ud800' } }, { a: { 'half \ud800': 'x' } }]) {
      expect(() => credentialsDigest(credentials, key)).toThrow(refusal('CREDENTIALS_UNREADABLE'));
      expect(() => credentialsDigest(credentials, key)).not.toThrow(/half \ud800/);
    }
  });
});
