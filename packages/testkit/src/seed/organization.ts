import type { TrustRole } from '@sluice/contracts';
import { systemRandom } from '@sluice/platform/random';
import { sealSecret } from '@sluice/platform/secrets';
import { type ChangeContext, createKeyring, createOrganization, type Keyring, type NewSigningKey, type Store } from '@sluice/store';
import { createRoot, generateSigningKey, type SigningKey } from '@sluice/trust';

const ROLES = ['root', 'release', 'director', 'time'] as const satisfies readonly TrustRole[];
const ROOT_LIFETIME_MS = 10 * 365 * 86_400_000;

/** The key under which seeded secrets are sealed when a test gives none: 32 zero bytes. */
export const SEED_SECRET_KEY: Uint8Array = new Uint8Array(32);

/** A keyring that opens what the seed has sealed. */
export function seedKeyring(): Keyring {
  return createKeyring({ current: { id: 'seed', secretKey: SEED_SECRET_KEY, wrappingKey: SEED_SECRET_KEY }, random: systemRandom });
}

/** Who seeds, for the ledger. */
export const SEED_CONTEXT: ChangeContext = { actor: { kind: 'system', id: 'seed', name: 'Seed', method: 'internal' } };

export type SeededOrganization = {
  id: string;
  name: string;
  rootDocument: string;
  /** With their private parts. */
  keys: Record<(typeof ROLES)[number], SigningKey>;
};

/**
 * Makes an organization with real keys and a real root of trust.
 * @param options.secretKey seals the private keys, each to `signing_key/<id>` (default `SEED_SECRET_KEY`)
 */
export async function seedOrganization(store: Store, options: { name?: string; secretKey?: Uint8Array } = {}): Promise<SeededOrganization> {
  const keys = { root: generateSigningKey(), release: generateSigningKey(), director: generateSigningKey(), time: generateSigningKey() };
  const alone = (role: (typeof ROLES)[number]) => ({ publicKeys: [keys[role].publicKey], threshold: 1 });
  return store.transaction(async (tx) => {
    const id = tx.uuid();
    const name = options.name ?? `Organization ${id}`;
    const root = createRoot({
      version: 1,
      expiresAt: tx.now.getTime() + ROOT_LIFETIME_MS,
      roles: { root: alone('root'), release: alone('release'), director: alone('director'), time: alone('time') },
      signers: [keys.root],
    });
    const signingKeys = ROLES.map((role): NewSigningKey => {
      const keyRow = tx.uuid();
      const { keyId, publicKey, privateKey } = keys[role];
      const sealedPrivateKey = sealSecret(options.secretKey ?? SEED_SECRET_KEY, privateKey, `signing_key/${keyRow}`);
      return { id: keyRow, role, keyId, publicKey, sealedPrivateKey };
    });
    const rootDocument = JSON.stringify(root);
    await createOrganization(tx, { id, name, rootDocument, signingKeys }, SEED_CONTEXT);
    return { id, name, rootDocument, keys };
  });
}
