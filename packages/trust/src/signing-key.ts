import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { decodeBase64Exactly, encodeBase64 } from './base64.ts';
import { canonicalJson } from './canonical-json.ts';
import { sha256Hex } from './digest.ts';
import { TrustError } from './errors.ts';
import { exportPrivateKey, privateKeyFromBase64, publicKeyFromBase64, rawPublicKey } from './key-object.ts';

/** An Ed25519 key pair. `publicKey` is base64 of the raw 32 bytes, `privateKey` base64 PKCS #8. */
export type SigningKey = { keyId: string; publicKey: string; privateKey: string };

/** What signs: a private key, as text or already loaded (`loadPrivateKey`), under the id of its public half. */
export type Signer = { keyId: string; privateKey: string | KeyObject };

/** A key in a root document, in TUF's form: `public` is hexadecimal. */
export type TufKey = { keytype: 'ed25519'; scheme: 'ed25519'; keyval: { public: string } };

/** Makes a new Ed25519 key pair with the randomness of node:crypto. */
export function generateSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync('ed25519').privateKey);
}

/** The key pair with the private key given as base64 PKCS #8. */
export function signingKeyFromPrivateKey(privateKey: string): SigningKey {
  return signingKeyOf(privateKeyFromBase64('ed25519', privateKey));
}

function signingKeyOf(key: KeyObject): SigningKey {
  const publicKey = encodeBase64(rawPublicKey(key));
  return { keyId: keyIdOf(publicKey), publicKey, privateKey: exportPrivateKey(key) };
}

/** Loads a private key (base64 PKCS #8) once, so that signing often does not parse it each time. */
export function loadPrivateKey(privateKey: string): KeyObject {
  return privateKeyFromBase64('ed25519', privateKey);
}

/** A public key (base64 of 32 bytes) as TUF's key object. */
export function tufKeyOf(publicKey: string): TufKey {
  const raw = decodeBase64Exactly(publicKey, 32, 'public key');
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: Buffer.from(raw).toString('hex') } };
}

/** The id of a public key: SHA-256 of the canonical JSON of its TUF key object (TUF 1.0 section 4.2). */
export function keyIdOf(publicKey: string): string {
  return sha256Hex(canonicalJson(tufKeyOf(publicKey)));
}

/** The Ed25519 signature (64 bytes) over a message. */
export function signBytes(message: Uint8Array, privateKey: string | KeyObject): Uint8Array {
  return new Uint8Array(sign(null, message, typeof privateKey === 'string' ? loadPrivateKey(privateKey) : privateKey));
}

/** Whether an Ed25519 signature over a message is the public key's (base64 of 32 bytes). */
export function verifyBytes(message: Uint8Array, signature: Uint8Array, publicKey: string): boolean {
  return signature.length === 64 && verify(null, message, publicKeyFromBase64('ed25519', publicKey), signature);
}

/** The key pair of a private key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it. @throws {TrustError} MALFORMED */
export function signingKeyFromPem(pem: string): SigningKey {
  return signingKeyFromPrivateKey(bodyOfPem(pem, 'PRIVATE KEY'));
}

/** A private key (base64 PKCS #8) as PEM. */
export function privateKeyPem({ privateKey }: Pick<SigningKey, 'privateKey'>): string {
  const lines = privateKey.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

/** A public key, base64 of its raw 32 bytes, from that or from PEM (SubjectPublicKeyInfo). @throws {TrustError} MALFORMED */
export function publicKeyFromText(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('-----')) return encodeBase64(decodeBase64Exactly(trimmed, 32, 'public key'));
  const der = Buffer.from(bodyOfPem(trimmed, 'PUBLIC KEY'), 'base64');
  const raw = der.subarray(-32);
  if (!publicKeyFromBase64('ed25519', encodeBase64(raw)).export({ format: 'der', type: 'spki' }).equals(der))
    throw new TrustError('MALFORMED', 'The public key is not Ed25519.');
  return encodeBase64(raw);
}

function bodyOfPem(pem: string, label: string): string {
  const [, body] = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(pem) ?? [];
  if (body === undefined) throw new TrustError('MALFORMED', `This is no PEM file with a ${label}.`);
  return body.replaceAll(/\s/g, '');
}
