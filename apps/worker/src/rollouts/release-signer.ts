import { type Keyring, listSigningKeys, type ReleaseSigner } from '@sluice/store';

/** Opens the newest release key of an organization that is not kept offline. */
export function createReleaseSigner(keyring: Pick<Keyring, 'open'>): ReleaseSigner {
  return async (tx, organizationId) => {
    for (const key of await listSigningKeys(tx, organizationId)) {
      if (key.role !== 'release' || key.sealedPrivateKey === null) continue;
      const privateKey = await keyring.open(tx, { sealed: key.sealedPrivateKey, identity: `signing_key/${key.id}` });
      return { keyId: key.keyId, privateKey: privateKey.toString('utf8') };
    }
    return null;
  };
}
