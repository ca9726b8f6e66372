import { createCipheriv, createHash } from 'node:crypto';

const ivLength = 16;

/**
 * Node-RED's encrypted credentials: AES-256-CTR under the SHA-256 of the secret, the IV as hexadecimal in front (checked against 5.0.7).
 * The form has no authentication of its own; what is in it was verified by its digest before.
 */
export function encryptCredentials(
  credentials: Record<string, unknown>,
  secret: string,
  randomBytes: (size: number) => Uint8Array,
): { $: string } {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(secret).digest(), iv);
  const text = cipher.update(JSON.stringify(credentials), 'utf8', 'base64') + cipher.final('base64');
  return { $: Buffer.from(iv).toString('hex') + text };
}
