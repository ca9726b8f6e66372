/** Postgres behind functions: a `Transaction` (writes) or a `Reader` (reads) first, then the organization. Plain objects leave. */
export {
  type ApiTokenIdentity,
  createApiToken,
  findApiToken,
  listApiTokens,
  revokeApiToken,
  touchApiToken,
} from './api-tokens/api-tokens.ts';
export { createApplication, getApplication, listApplications } from './applications/applications.ts';
export { databaseErrorFacts, isRetryable } from './base/database-error.ts';
export type { Reader } from './base/reader.ts';
export { createStore, type Store, type StoreOptions, type TransactionOptions } from './base/store.ts';
export type { Transaction } from './base/transaction.ts';
export { getBlob, putBlob, putBlobs, type StoredBlob } from './blobs/blobs.ts';
export {
  type Change,
  type ChangeBatch,
  type ChangeFeed,
  type ChangeFeedOptions,
  openChangeFeed,
  readChangesSince,
} from './changes/change-feed.ts';
export { CHANGE_CHANNEL, DESIRED_CHANNEL } from './changes/record.ts';
export * from './device-captures/index.ts';
export * from './device-logs/index.ts';
export * from './device-protocol/index.ts';
export { approveDevice, revokeDevice, updateDevice } from './devices/change-device.ts';
export { adoptDevice, type DecidedDevice, reassertDevice } from './devices/decide-ahead.ts';
export { getFleetSummary, listDeviceEvents, listDevices } from './devices/list-devices.ts';
export { type ConnectivityAt, getDevice, ONLINE_WITHIN_MS } from './devices/read-device.ts';
export {
  createDisruptionBudget,
  deleteDisruptionBudget,
  getDisruptionBudget,
  listDisruptionBudgets,
  replaceDisruptionBudget,
} from './disruption-budgets/disruption-budgets.ts';
export * from './encryption-keys/index.ts';
export {
  createEnrollmentCode,
  listEnrollmentCodes,
  type NewEnrollmentCode,
  revokeEnrollmentCode,
} from './enrollment-codes/enrollment-codes.ts';
export { StoreError, StoreUnavailableError } from './errors.ts';
export {
  countGitObjects,
  findGitCommits,
  findGitObjects,
  type GenerationRange,
  type GitObjectType,
  type GitRepository,
  putGitObjects,
  readGitCommits,
  readGitObjects,
  type StoredGitObject,
  streamGitObjects,
  weighGenerations,
} from './git/objects.ts';
export { type GitRef, getGitRef, listGitRefs, setGitRef } from './git/refs.ts';
export { findGitRepository } from './git/repositories.ts';
export * from './git-remotes/index.ts';
export { changeGroupMembers, type GroupMembersChange } from './groups/group-members.ts';
export { createGroup, deleteGroup, getGroup, listGroups, type NewGroup } from './groups/groups.ts';
export { previewSelector } from './groups/preview-selector.ts';
export type { NamedSelector } from './groups/selector-row.ts';
export { type GroupChange, updateGroup } from './groups/update-group.ts';
export { findAnswer, type IdempotentAnswer, type IdempotentRequest, saveAnswer } from './idempotency/idempotency.ts';
export * from './integrations/running-releases.ts';
export type { ChangeContext } from './ledger/change-context.ts';
export { type LedgerQuery, listLedgerEntries } from './ledger/list.ts';
export type { NewLedgerEntry, RecordedEntry } from './ledger/record.ts';
export { applyMigrations, MigrationError, type MigrationErrorCode } from './migrations/apply.ts';
export {
  addMember,
  countOrganizations,
  createOrganization,
  getOrganization,
  getSigningKey,
  listOrganizations,
  listSigningKeys,
  type NewOrganization,
  type NewSigningKey,
  type SigningKey,
} from './organizations/organizations.ts';
export {
  countFailedSignIn,
  createPerson,
  findPerson,
  findPersonByEmail,
  type Person,
  type PersonMembership,
  setPassword,
} from './people/people.ts';
export {
  createSession,
  createSignInLink,
  endSession,
  findSession,
  type Session,
  touchSession,
  useSignInLink,
} from './people/sessions.ts';
export { deletePipeline, replacePipeline, updatePipeline } from './pipelines/change-pipeline.ts';
export { addStage, removeStage, updateStage } from './pipelines/change-stage.ts';
export { PipelineInvalidError } from './pipelines/pipeline-invalid-error.ts';
export { createPipeline, getPipeline, listPipelines } from './pipelines/pipelines.ts';
export { getStage, getStageOfHistory } from './pipelines/stages.ts';
export * from './policies/index.ts';
export * from './promotions/index.ts';
export {
  findModuleTarballs,
  keepModuleTarballs,
  type ModuleTarball,
  type NewModuleTarball,
  type TarballMetadata,
} from './releases/module-tarballs.ts';
export { type ImportEvidence, type PublishInput, publishRelease, type ReleaseFacts, type SignedRelease } from './releases/publish.ts';
export {
  findImportedLock,
  findImportedModuleList,
  findImportedRelease,
  findPublishedRelease,
  getRelease,
  getReleaseManifest,
  getReleaseParts,
  listReleases,
  type ReleaseParts,
} from './releases/releases.ts';
export { addReleaseSignature, createReleaseSigner, listReleaseSigners, removeReleaseSigner } from './releases/signers.ts';
export { getRetention, type RetentionChange, setRetention } from './retention/policies.ts';
export { DEFAULT_RETENTION, pruneExpired, type Retention } from './retention/prune.ts';
export { type PreviewInput, type ReadPreview, readRolloutPreview } from './rollout-previews/read-preview.ts';
export { getForecastReview } from './rollout-previews/review.ts';
export * from './rollouts/index.ts';
export * from './snapshots/compared-sides.ts';
export {
  deleteSnapshot,
  getSnapshotProtection,
  listApplicationsToPrune,
  previewRetention,
  pruneSnapshots,
  SnapshotProtectedError,
} from './snapshots/delete-snapshots.ts';
export { recordSnapshotExport } from './snapshots/record-export.ts';
export {
  createSnapshot,
  findNewestSnapshot,
  getSnapshot,
  getSnapshotContent,
  getSnapshotSource,
  listSnapshots,
  type NewSnapshot,
  type SnapshotSource,
  updateSnapshot,
} from './snapshots/snapshots.ts';
export { type GroupWithout, type MissingVariable, missingVariables } from './variables/missing.ts';
export { digestOfVersions } from './variables/resolution.ts';
export {
  type DeviceVariableRows,
  type ResolvedVariableRow,
  type ResolvedVariableRows,
  resolveDeviceVariables,
  resolveStageVariables,
} from './variables/resolve.ts';
export { listVariables, removeVariable, type StoredVariable, setVariable, type VariableToSet } from './variables/variables.ts';
export * from './webhooks/index.ts';
