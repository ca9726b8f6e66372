export { type DataKey, dataKeyIdOf, openWithDataKey, sealWithDataKey } from './data-key.ts';
export { deriveKey, type KeyPurpose, masterKeyIdOf } from './derive.ts';
export { KEY_BYTES, loadOrCreateMasterKey, MasterKeyError, readPreviousMasterKey } from './master-key.ts';
export { openSecret, SecretIntegrityError, sealSecret } from './seal.ts';
