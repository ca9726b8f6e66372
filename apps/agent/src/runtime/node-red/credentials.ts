import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

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

/** Reads what `encryptCredentials` has written; undefined when it cannot be read. */
export function decryptCredentials(file: Record<string, unknown>, secret: string): Record<string, unknown> | undefined {
  const sealed = file['$'];
  if (typeof sealed !== 'string') return undefined;
  try {
    const iv = Buffer.from(sealed.slice(0, 2 * ivLength), 'hex');
    const cipher = createDecipheriv('aes-256-ctr', createHash('sha256').update(secret).digest(), iv);
    const text = cipher.update(sealed.slice(2 * ivLength), 'base64', 'utf8') + cipher.final('utf8');
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
