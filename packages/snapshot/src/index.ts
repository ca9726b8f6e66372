export type { EncryptedCredentials } from './credentials/cipher.ts';
export {
  type Credentials,
  credentialsDigest,
  decryptCredentials,
  encryptCredentials,
  parseCredentials,
  readCredentials,
} from './credentials/credentials.ts';
export { SnapshotError, type SnapshotErrorCode, snapshotErrorCodes } from './errors.ts';
export type { FlowForm } from './flows/flow-forms.ts';
export { defaultFlowLimits, type FlowLimits, type FlowNode } from './flows/flow-node.ts';
export { type ParsedFlows, parseFlows } from './flows/parse-flows.ts';
export { flowsBytes, flowsRevision } from './flows/revision.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { type Lock, type LockedPackage, lockDigest, parseLock } from './modules/lock.ts';
export { checkLockMatchesPackage, lockDifferences, type ModuleDifference } from './modules/lock-match.ts';
export { type BundledModule, bundledModules, type LockedModule, lockedModules } from './modules/locked-modules.ts';
export { type PackageManifest, packageBytes, parsePackage } from './modules/package-manifest.ts';
export { type SnapshotContent, snapshotDigest } from './snapshot-content.ts';
export { variablesUsed } from './variables/variables-used.ts';
