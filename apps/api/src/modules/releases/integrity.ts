import { createHash } from 'node:crypto';

/** One hash of a subresource integrity text, e.g. `sha512-…`. */
export type Integrity = { algorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512'; digest: Buffer; text: string };

const strongestFirst = ['sha512', 'sha384', 'sha256', 'sha1'] as const;

/** The strongest hash that a lock names for a package; undefined when there is none that we know. */
export function strongestIntegrity(text: string): Integrity | undefined {
  const hashes = text.trim().split(/\s+/);
  for (const algorithm of strongestFirst) {
    const found = hashes.map((hash) => hash.split('?')[0] ?? '').find((hash) => hash.startsWith(`${algorithm}-`));
    const base64 = found?.slice(algorithm.length + 1) ?? '';
    const digest = Buffer.from(base64, 'base64');
    const size = createHash(algorithm).digest().length;
    if (digest.length === size && digest.toString('base64') === base64) return { algorithm, digest, text: `${algorithm}-${base64}` };
  }
  return undefined;
}

/** Whether bytes are what the integrity says. */
export function hasIntegrity(bytes: Uint8Array, integrity: Integrity): boolean {
  return createHash(integrity.algorithm).update(bytes).digest().equals(integrity.digest);
}
