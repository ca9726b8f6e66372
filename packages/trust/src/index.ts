export { type AssignmentExpectation, parseAssignment, signAssignment, verifyAssignment } from './assignment.ts';
export { decodeBase64, encodeBase64 } from './base64.ts';
export { canonicalJson, canonicalText } from './canonical-json.ts';
export { configurationContext, encodeConfiguration, parseDeviceConfiguration, verifyConfiguration } from './configuration.ts';
export {
  type DeviceProofContent,
  type DeviceProofPurpose,
  deviceProofPurposes,
  signDeviceProof,
  verifyDeviceProof,
} from './device-proof.ts';
export { sha256Hex } from './digest.ts';
export { type KeySet, pae, parseEnvelope, payloadDigest, signEnvelope, verifyEnvelope } from './dsse.ts';
export { TrustError, type TrustErrorCode, trustErrorCodes } from './errors.ts';
export { isSafePath } from './file-path.ts';
export { checkFile, checkFileSet, createFileVerifier, type FileVerifier } from './file-set.ts';
export { encodeModuleList, moduleListFile, moduleListPath, readModuleList, tarballBytesMax } from './module-list.ts';
export { payloadTypes } from './payload.ts';
export { checkReleaseCounter, parseReleaseManifest, type ReleaseExpectation, signRelease, verifyRelease } from './release.ts';
export {
  checkRootExpiry,
  createRoot,
  keysForRole,
  type RoleKeys,
  signRootWith,
  type TrustedRoot,
  verifyRoot,
  verifyRootRotation,
} from './root.ts';
export type { RootDocument, RootRole, RootSigned } from './root-document.ts';
export {
  credentialsContext,
  generateSealingKey,
  open,
  type RandomSource,
  type SealingKey,
  seal,
  sealingKeyFromSeed,
} from './sealed-box.ts';
export {
  generateSigningKey,
  keyIdOf,
  loadPrivateKey,
  privateKeyPem,
  publicKeyFromText,
  type Signer,
  type SigningKey,
  signBytes,
  signingKeyFromPem,
  signingKeyFromPrivateKey,
  type TufKey,
  tufKeyOf,
  verifyBytes,
} from './signing-key.ts';
export { parseTimeStatement, signTime, type TimeExpectation, verifyTime } from './time-statement.ts';
