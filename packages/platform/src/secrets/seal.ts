// Sealed form: version (1 byte) ‖ nonce (12) ‖ ciphertext ‖ tag (16). AES-256-GCM, NIST SP 800-38D, with random 96-bit nonces:
// safe up to 2^32 seals under one key, far more than rows of secrets a control plane will ever hold.
import { createCipheriv, createDecipheriv } from 'node:crypto';

import { type Random, systemRandom } from '../random.ts';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** The sealed bytes were changed, belong to another row, or were sealed under another key. */
export class SecretIntegrityError extends Error {
  override readonly name = 'SecretIntegrityError';
  readonly code = 'SECRET_INTEGRITY';
}

/**
 * Encrypts a secret for storage.
 * @param key 32 bytes, from `deriveKey(masterKey, 'secret-encryption')`
 * @param associated identity of the row that holds it, e.g. `signing_key/<id>`: the secret opens nowhere else
 */
export function sealSecret(
  key: Uint8Array,
  plaintext: Uint8Array | string,
  associated: string,
  random: Pick<Random, 'randomBytes'> = systemRandom,
): Buffer {
  const nonce = random.randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(associated, 'utf8'));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Uint8Array.of(VERSION), nonce, ciphertext, cipher.getAuthTag()]);
}

/**
 * Decrypts what `sealSecret` made.
 * @throws SecretIntegrityError when bytes, key or `associated` do not match
 */
export function openSecret(key: Uint8Array, sealed: Uint8Array, associated: string): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < OVERHEAD_BYTES || bytes[0] !== VERSION) throw new SecretIntegrityError('not a sealed secret of version 1');
  const tagAt = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(associated, 'utf8'));
  decipher.setAuthTag(bytes.subarray(tagAt));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, tagAt)), decipher.final()]);
  } catch (cause) {
    throw new SecretIntegrityError('the secret does not open with this key and identity', { cause });
  }
}
