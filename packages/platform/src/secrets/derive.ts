import { hkdfSync } from 'node:crypto';

/** What a key made from the master key is for; each purpose has its own, unrelated key. */
export type KeyPurpose =
  | 'jwt-device'
  | 'jwt-api'
  | 'secret-encryption'
  | 'data-key-wrapping'
  | 'nonce'
  | 'configuration-salt'
  | 'credentials-intake';

/** Derives the 32-byte key of one purpose from the master key (HKDF-SHA-256, RFC 5869; info `sluice/v1/<purpose>`, no salt). */
export function deriveKey(masterKey: Uint8Array, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, new Uint8Array(0), `sluice/v1/${purpose}`, 32));
}

/** Names a master key without telling anything about it: 16 hexadecimal digits. */
export function masterKeyIdOf(masterKey: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', masterKey, new Uint8Array(0), 'sluice/v1/master-key-id', 8)).toString('hex');
}
