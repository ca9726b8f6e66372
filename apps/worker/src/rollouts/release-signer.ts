import { openSecret } from '@sluice/platform';
import { listSigningKeys, type ReleaseSigner } from '@sluice/store';

/** Opens the newest release key of an organization that is not kept offline. @param secretKey the key of purpose `secret-encryption` */
export function createReleaseSigner(secretKey: Uint8Array): ReleaseSigner {
  return async (tx, organizationId) => {
    for (const key of await listSigningKeys(tx, organizationId)) {
      if (key.role !== 'release' || key.sealedPrivateKey === null) continue;
      const privateKey = openSecret(secretKey, key.sealedPrivateKey, `signing_key/${key.id}`).toString('utf8');
      return { keyId: key.keyId, privateKey };
    }
    return null;
  };
}
