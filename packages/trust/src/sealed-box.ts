import { createCipheriv, createDecipheriv, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import type { SealedBox } from '@sluice/contracts';
import { decodeBase64, decodeBase64Exactly, encodeBase64 } from './base64.ts';
import { TrustError } from './errors.ts';
import { exportPrivateKey, privateKeyFromBase64, privateKeyFromRaw, publicKeyFromBase64, rawPublicKey } from './key-object.ts';
import { readObject, readString } from './parse.ts';

/** An X25519 key pair. `publicKey` is base64 of the raw 32 bytes, `privateKey` base64 PKCS #8. */
export type SealingKey = { publicKey: string; privateKey: string };

/** Returns so many random bytes. */
export type RandomSource = (length: number) => Uint8Array;

const plaintextBytesMax = 16 * 1024 * 1024;
const nonceLength = 12;
const tagLength = 16;

/** Makes a new X25519 key pair with the randomness of node:crypto. */
export function generateSealingKey(): SealingKey {
  const { privateKey } = generateKeyPairSync('x25519');
  return { publicKey: encodeBase64(rawPublicKey(privateKey)), privateKey: exportPrivateKey(privateKey) };
}

/**
 * The X25519 key pair of a seed: the same seed is the same key pair, so that whoever can derive the seed again needs to keep nothing.
 * @param seed 32 secret bytes
 */
export function sealingKeyFromSeed(seed: Uint8Array): SealingKey {
  if (seed.length !== 32) throw new TrustError('MALFORMED', `The seed of a sealing key has 32 bytes, not ${seed.length}.`);
  const privateKey = privateKeyFromRaw('x25519', seed);
  return { publicKey: encodeBase64(rawPublicKey(privateKey)), privateKey: exportPrivateKey(privateKey) };
}

/**
 * The additional data (`aad`) of the box in which credentials of flows travel to the control plane: a box for one application opens for no other.
 */
export function credentialsContext(target: { organizationId: string; applicationId: string }): Uint8Array {
  return new TextEncoder().encode(`sluice-credentials-v1\n${target.organizationId}\n${target.applicationId}`);
}

/**
 * Seals bytes so that only the holder of the recipient's private key reads them: ephemeral X25519, HKDF-SHA-256, AES-256-GCM.
 * @param aad what the box belongs to (device, digest …); opening it needs the same bytes
 */
export function seal(recipientPublicKey: string, plaintext: Uint8Array, aad: Uint8Array, random: RandomSource = randomBytes): SealedBox {
  const recipient = publicKeyFromBase64('x25519', recipientPublicKey);
  const ephemeral = privateKeyFromRaw('x25519', random(32));
  const ephemeralPublicKey = rawPublicKey(ephemeral);
  const nonce = random(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', boxKey(ephemeral, recipient, ephemeralPublicKey, rawPublicKey(recipient)), nonce);
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return {
    ephemeralPublicKey: encodeBase64(ephemeralPublicKey),
    nonce: encodeBase64(nonce),
    ciphertext: encodeBase64(ciphertext),
    tag: encodeBase64(cipher.getAuthTag()),
  };
}

/**
 * Opens a sealed box.
 * @throws {TrustError} HASH_MISMATCH when box, key or `aad` do not belong together, ENDLESS_DATA, MALFORMED
 */
export function open(privateKey: string, value: unknown, aad: Uint8Array): Uint8Array {
  const box = parseSealedBox(value);
  const own = privateKeyFromBase64('x25519', privateKey);
  const ephemeralPublicKey = decodeBase64Exactly(box.ephemeralPublicKey, 32, 'ephemeral public key');
  const nonce = decodeBase64Exactly(box.nonce, nonceLength, 'nonce');
  const tag = decodeBase64Exactly(box.tag, tagLength, 'tag');
  const ciphertext = decodeBase64(box.ciphertext, 'ciphertext');
  try {
    const key = boxKey(own, publicKeyFromBase64('x25519', box.ephemeralPublicKey), ephemeralPublicKey, rawPublicKey(own));
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    return new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  } catch (cause) {
    throw new TrustError('HASH_MISMATCH', 'The sealed box was changed, or is not for this key and purpose.', { cause });
  }
}

function parseSealedBox(value: unknown): SealedBox {
  const members = readObject(value, '', ['ephemeralPublicKey', 'nonce', 'ciphertext', 'tag']);
  const ciphertextLengthMax = 4 * Math.ceil(plaintextBytesMax / 3);
  if (typeof members['ciphertext'] === 'string' && members['ciphertext'].length > ciphertextLengthMax) {
    throw new TrustError('ENDLESS_DATA', `The sealed box holds more than ${plaintextBytesMax} bytes.`);
  }
  return {
    ephemeralPublicKey: readString(members['ephemeralPublicKey'], '/ephemeralPublicKey', 44),
    nonce: readString(members['nonce'], '/nonce', 16),
    ciphertext: readString(members['ciphertext'], '/ciphertext', ciphertextLengthMax),
    tag: readString(members['tag'], '/tag', 24),
  };
}

/** One key per box, bound to both public keys (as RFC 9180 does). */
function boxKey(own: KeyObject, other: KeyObject, ephemeralPublicKey: Uint8Array, recipientPublicKey: Uint8Array): Uint8Array {
  const shared = diffieHellman({ privateKey: own, publicKey: other });
  const salt = Buffer.concat([ephemeralPublicKey, recipientPublicKey]);
  return new Uint8Array(hkdfSync('sha256', shared, salt, 'sluice-sealed-box-v1', 32));
}
