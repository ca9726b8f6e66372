import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { decodeBase64, decodeBase64Exactly } from './base64.ts';
import { TrustError } from './errors.ts';

/** The two curves in use; the strings are the names that node:crypto gives to the keys. */
export type Curve = 'ed25519' | 'x25519';

/** DER headers of SubjectPublicKeyInfo and PKCS #8 that stand before the raw 32 bytes of a key (RFC 8410). */
const publicHeaders = { ed25519: '302a300506032b6570032100', x25519: '302a300506032b656e032100' } as const;
const privateHeaders = { ed25519: '302e020100300506032b657004220420', x25519: '302e020100300506032b656e04220420' } as const;
const rawLength = 32;

/** The key object of a raw public key of 32 bytes. */
export function publicKeyFromRaw(curve: Curve, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([Buffer.from(publicHeaders[curve], 'hex'), raw]), format: 'der', type: 'spki' });
}

/** The key object of a public key as base64 of its raw 32 bytes. */
export function publicKeyFromBase64(curve: Curve, publicKey: string): KeyObject {
  return publicKeyFromRaw(curve, decodeBase64Exactly(publicKey, rawLength, `${curve} public key`));
}

/** The key object of a raw private key (seed) of 32 bytes. */
export function privateKeyFromRaw(curve: Curve, raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([Buffer.from(privateHeaders[curve], 'hex'), raw]), format: 'der', type: 'pkcs8' });
}

/** The key object of a private key as base64 PKCS #8. */
export function privateKeyFromBase64(curve: Curve, privateKey: string): KeyObject {
  const der = Buffer.from(decodeBase64(privateKey, `${curve} private key`));
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new TrustError('MALFORMED', `The ${curve} private key is not PKCS #8.`, { cause });
  }
  if (key.asymmetricKeyType !== curve) throw new TrustError('MALFORMED', `The private key is ${key.asymmetricKeyType}, not ${curve}.`);
  return key;
}

/** The raw 32 bytes of the public half of a key. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-rawLength));
}

/** A private key as base64 PKCS #8. */
export function exportPrivateKey(key: KeyObject): string {
  return key.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}
