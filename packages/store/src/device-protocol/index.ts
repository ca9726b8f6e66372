/** What devices ask and tell: all the SQL behind `/device/v1`. */
export { type DeviceClaim, noteAhead } from './ahead.ts';
export {
  type AssignmentInput,
  type EarlierConfiguration,
  type LayeredVariable,
  loadAssignmentInputs,
  loadEarlierConfigurations,
  loadLayeredVariables,
  loadSealedCredentials,
  loadSealedVariables,
  type SealedVariable,
  type StoredAssignment,
} from './assignment-inputs.ts';
export {
  type BlobPart,
  findConfiguration,
  findReleaseEnvelope,
  findRootDocument,
  readBlob,
  type StoredConfiguration,
} from './content.ts';
export { type DesiredFeed, type DesiredFeedOptions, openDesiredFeed } from './desired-feed.ts';
export { type DesiredState, loadDesiredStates } from './desired-state.ts';
export { type CodeRefusal, type EnrolledDevice, type EnrollmentOutcome, enrollDevice, type NewDevice } from './enroll.ts';
export { failOffer, type ImpossibleOffer } from './fail-offer.ts';
export { type DeviceIdentity, findDeviceIdentity } from './identity.ts';
export { type IngestedReports, ingestReports, type ReportOutcome } from './ingest-reports.ts';
export { recordPresence } from './presence.ts';
export type { DigestedReport, ReportBatch } from './report-batch.ts';
export { type SignedAssignment, saveAssignments } from './save-assignments.ts';
