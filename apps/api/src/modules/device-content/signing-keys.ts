import { getSigningKey, type Keyring, type Store, StoreError } from '@sluice/store';
import { loadPrivateKey, type Signer } from '@sluice/trust';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../../problems/api-error.ts';
import { signingKeyIdentity } from '../organizations/signing-keys.ts';

/** The keys with which the control plane answers devices by itself. */
export type SigningKeys = {
  /** The key of an organization's role, opened and ready to sign. @throws ApiError UNAVAILABLE when it is kept offline */
  signerOf(organizationId: string, role: 'director' | 'time'): Promise<Signer>;
};

const organizationsMax = 2_000;
/** A rotated key is noticed within this time. */
const keptMs = 60_000;

/** Opens signing keys when they are first needed and keeps them for a minute. */
export function createSigningKeys(options: {
  store: Pick<Store, 'query'>;
  keyring: Pick<Keyring, 'open'>;
  now: () => number;
}): SigningKeys {
  const signers = new LRUCache<string, { signer: Promise<Signer>; until: number }>({ max: organizationsMax });
  const open = async (organizationId: string, role: 'director' | 'time'): Promise<Signer> => {
    const key = await getSigningKey(options.store, organizationId, role).catch((cause: unknown) => {
      if (!(cause instanceof StoreError) || cause.code !== 'NOT_FOUND') throw cause;
      throw new ApiError('UNAVAILABLE', `The ${role} key of this organization is not at hand: nothing can be signed with it.`, { cause });
    });
    const secret = { sealed: key.sealedPrivateKey, identity: signingKeyIdentity(key.id) };
    const privateKey = await options.keyring.open(options.store, secret);
    return { keyId: key.keyId, privateKey: loadPrivateKey(privateKey.toString('utf8')) };
  };
  return {
    signerOf: (organizationId, role) => {
      const name = `${role} ${organizationId}`;
      const found = signers.get(name);
      if (found !== undefined && options.now() < found.until) return found.signer;
      const signer = open(organizationId, role);
      signers.set(name, { signer, until: options.now() + keptMs });
      // A failure is not remembered: the next one tries again.
      signer.catch(() => signers.delete(name));
      return signer;
    },
  };
}
