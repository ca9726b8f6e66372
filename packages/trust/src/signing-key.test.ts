import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { exportPrivateKey, privateKeyFromRaw } from './key-object.ts';
import {
  generateSigningKey,
  keyIdOf,
  loadPrivateKey,
  privateKeyPem,
  publicKeyFromText,
  signBytes,
  signingKeyFromPem,
  signingKeyFromPrivateKey,
  verifyBytes,
} from './signing-key.ts';
import { refusal } from './testing/fixtures.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

// RFC 8032 section 7.1, tests 1 and 3.
const vectors = [
  {
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

describe('signing keys', () => {
  it.each(vectors)(
    'when signing RFC 8032 "$message", key and signature are those of the RFC',
    ({ secret, publicKey, message, signature }) => {
      const key = signingKeyFromPrivateKey(exportPrivateKey(privateKeyFromRaw('ed25519', bytes(secret))));
      expect(key.publicKey).toBe(encodeBase64(bytes(publicKey)));
      expect(Buffer.from(signBytes(bytes(message), key.privateKey)).toString('hex')).toBe(signature);
      expect(verifyBytes(bytes(message), bytes(signature), key.publicKey)).toBe(true);
      expect(verifyBytes(bytes(`${message}00`), bytes(signature), key.publicKey)).toBe(false);
    },
  );

  it('when a key id is made, it is the one that another implementation computes', () => {
    expect(keyIdOf(encodeBase64(bytes(vectors[1]?.publicKey ?? '')))).toBe(
      'e45b8d1fab21a7a7550adbca559eade41e36a398f14a577f8766ec32bf237101',
    );
  });

  it('when keys are written as PEM, openssl reads them, and what openssl writes is read; another curve is refused', () => {
    const key = generateSigningKey();
    const pem = privateKeyPem(key);
    expect(createPrivateKey(pem).asymmetricKeyType).toBe('ed25519');
    expect(signingKeyFromPem(pem)).toEqual(key);
    const publicPem = createPublicKey(pem).export({ format: 'pem', type: 'spki' }).toString();
    expect([publicKeyFromText(publicPem), publicKeyFromText(`${key.publicKey}\n`)]).toEqual([key.publicKey, key.publicKey]);
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const wrong = [
      () => publicKeyFromText(publicKey.export({ format: 'pem', type: 'spki' }).toString()),
      () => signingKeyFromPem(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()),
      () => signingKeyFromPem('no key'),
      () => publicKeyFromText('AAAA'),
    ];
    for (const read of wrong) expect(read).toThrow(refusal('MALFORMED'));
  });

  it('when two keys are generated, they differ, and a loaded key signs as its text does', () => {
    const [first, second] = [generateSigningKey(), generateSigningKey()];
    expect(first.keyId).not.toBe(second.keyId);
    const message = bytes('00');
    expect(signBytes(message, loadPrivateKey(first.privateKey))).toEqual(signBytes(message, first.privateKey));
  });

  it.each([
    ['no base64', '%%%'],
    ['no PKCS #8', encodeBase64(bytes('3000'))],
    ['a key for sealing', 'MC4CAQAwBQYDK2VuBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'],
  ])('when a private key is %s, it is refused', (_, privateKey) => {
    expect(() => loadPrivateKey(privateKey)).toThrow(refusal('MALFORMED'));
  });

  it.each([31, 33, 0])('when a public key has %i bytes, it is refused', (length) => {
    expect(() => keyIdOf(encodeBase64(new Uint8Array(length)))).toThrow(refusal('MALFORMED'));
  });
});
