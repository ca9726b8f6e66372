import type { TrustRole } from '@sluice/contracts';
import { type Random, sealSecret } from '@sluice/platform';
import type { NewSigningKey } from '@sluice/store';
import { createRoot, generateSigningKey, type SigningKey } from '@sluice/trust';

const roles = ['root', 'release', 'director', 'time'] as const satisfies readonly TrustRole[];
type SigningRole = (typeof roles)[number];

/** Devices refuse to install from an expired root, so it must be rotated before. */
const rootLifetimeMs = 10 * 365 * 24 * 60 * 60 * 1000;

export type OrganizationTrust = { rootDocument: string; signingKeys: NewSigningKey[] };

/** The identity of a key's row: a sealed private key opens in no other one. */
export function signingKeyIdentity(id: string): string {
  return `signing_key/${id}`;
}

/**
 * Makes the signing keys of a new organization, one per role, and its first root of trust.
 * @param options.secretKey seals the private parts
 */
export function createOrganizationTrust(options: {
  secretKey: Uint8Array;
  random: Pick<Random, 'randomBytes'>;
  now: Date;
  uuid: () => string;
}): OrganizationTrust {
  const keys: Record<SigningRole, SigningKey> = {
    root: generateSigningKey(),
    release: generateSigningKey(),
    director: generateSigningKey(),
    time: generateSigningKey(),
  };
  const alone = (role: SigningRole) => ({ publicKeys: [keys[role].publicKey], threshold: 1 });
  const root = createRoot({
    version: 1,
    expiresAt: options.now.getTime() + rootLifetimeMs,
    roles: { root: alone('root'), release: alone('release'), director: alone('director'), time: alone('time') },
    signers: [keys.root],
  });
  const signingKeys = roles.map((role): NewSigningKey => {
    const id = options.uuid();
    const { keyId, publicKey, privateKey } = keys[role];
    const sealedPrivateKey = sealSecret(options.secretKey, privateKey, signingKeyIdentity(id), options.random);
    return { id, role, keyId, publicKey, sealedPrivateKey };
  });
  return { rootDocument: JSON.stringify(root), signingKeys };
}
