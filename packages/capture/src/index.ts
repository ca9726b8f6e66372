/** Makes snapshots: what people, devices and repositories hand in becomes a row, its commit and its ledger entry, in one transaction. */
export { CaptureError, type CaptureFault } from './capture-error.ts';
export {
  type Captures,
  type CapturesDependencies,
  createCaptures,
  type MirrorHints,
  type PreparedSnapshot,
  type SnapshotTarget,
} from './captures.ts';
export { type CredentialsFacts, describeCredentials, sealedCredentialsIdentity } from './credentials-facts.ts';
export { requestOfFiles, withFileParts } from './file-parts.ts';
export type { Declarations, ReadRequest } from './read-request.ts';
