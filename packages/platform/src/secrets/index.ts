export { deriveKey, type KeyPurpose } from './derive.ts';
export { KEY_BYTES, loadOrCreateMasterKey, MasterKeyError } from './master-key.ts';
export { openSecret, SecretIntegrityError, sealSecret } from './seal.ts';
