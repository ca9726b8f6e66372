// Sealed form: version (1 byte, 2) ‖ id of the data key (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16). AES-256-GCM, NIST SP 800-38D, with random 96-bit
// nonces. Additional data: the id of the key and the identity of the row, so that neither can be exchanged.
import { createCipheriv, createDecipheriv } from 'node:crypto';

import { type Random, systemRandom } from '../random.ts';
import { SecretIntegrityError } from './seal.ts';

const VERSION = 2;
const ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES;

/** A key that secrets of one organization are sealed with. `id`: a UUID, `key`: 32 bytes. */
export type DataKey = { id: string; key: Uint8Array };

function idBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== ID_BYTES) throw new TypeError('the id of a data key is a UUID');
  return bytes;
}

function additionalData(id: string, associated: string): Buffer {
  return Buffer.from(`${id}/${associated}`, 'utf8');
}

/** Encrypts a secret for storage under a data key. @param associated identity of the row that holds it: the secret opens nowhere else */
export function sealWithDataKey(
  { id, key }: DataKey,
  plaintext: Uint8Array | string,
  associated: string,
  random: Pick<Random, 'randomBytes'> = systemRandom,
): Buffer {
  const nonce = random.randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(id, associated));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Uint8Array.of(VERSION), idBytes(id), nonce, ciphertext, cipher.getAuthTag()]);
}

/** Which data key something was sealed with; null: with none, but with a key made from the master key (`sealSecret`). */
export function dataKeyIdOf(sealed: Uint8Array): string | null {
  if (sealed[0] !== VERSION || sealed.length < HEAD_BYTES) return null;
  const hex = Buffer.from(sealed.buffer, sealed.byteOffset + 1, ID_BYTES).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Decrypts what `sealWithDataKey` made.
 * @throws SecretIntegrityError when bytes, key or `associated` do not match
 */
export function openWithDataKey({ id, key }: DataKey, sealed: Uint8Array, associated: string): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (dataKeyIdOf(bytes) !== id || bytes.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES) {
    throw new SecretIntegrityError('not sealed with this data key');
  }
  const tagAt = bytes.length - TAG_BYTES;
  const nonce = bytes.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(id, associated));
  decipher.setAuthTag(bytes.subarray(tagAt));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(HEAD_BYTES + NONCE_BYTES, tagAt)), decipher.final()]);
  } catch (cause) {
    throw new SecretIntegrityError('the secret does not open with this key and identity', { cause });
  }
}
