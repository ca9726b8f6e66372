import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

/** Node-RED's encrypted credentials: 32 hexadecimal digits of initialisation vector, then base64 of the ciphertext. */
export type EncryptedCredentials = { $: string };

const encryptedPattern = /^([0-9a-f]{32})([A-Za-z0-9+/]*={0,2})$/;

/** AES-256-CTR under SHA-256 of the secret, as in @node-red/runtime lib/nodes/credentials.js. It is not authenticated: check a digest beside it. */
export function encryptText(text: string, secret: string, iv: Uint8Array): EncryptedCredentials {
  const cipher = createCipheriv('aes-256-ctr', keyOf(secret), iv);
  return { $: Buffer.from(iv).toString('hex') + Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64') };
}

/** The text, or null when it is not in Node-RED's form or, with this secret, not UTF-8. */
export function decryptText(encrypted: EncryptedCredentials, secret: string): string | null {
  const match = encryptedPattern.exec(encrypted.$);
  if (match === null) return null;
  const [, iv = '', body = ''] = match;
  const decipher = createDecipheriv('aes-256-ctr', keyOf(secret), Buffer.from(iv, 'hex'));
  const bytes = Buffer.concat([decipher.update(Buffer.from(body, 'base64')), decipher.final()]);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function keyOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}
