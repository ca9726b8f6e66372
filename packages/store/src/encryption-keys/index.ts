export { addEncryptionKey, ensureEncryptionKey, listEncryptionKeys } from './encryption-keys.ts';
export { createKeyring, type Keyring, type MasterKeys, masterKeysOf, type SealedSecret, type Sealer } from './keyring.ts';
export {
  destroyUnusedKey,
  isEncryptionDue,
  listOrganizationsWithoutKey,
  listRetiringKeys,
  type ReencryptedBatch,
  reencryptBatch,
} from './reencrypt.ts';
export { type SealedPlace, sealedPlaces } from './sealed-places.ts';
