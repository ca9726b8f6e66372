export type { EncryptedCredentials } from './credentials/cipher.ts';
export {
  type Credentials,
  credentialsDigest,
  decryptCredentials,
  encryptCredentials,
  parseCredentials,
  readCredentials,
} from './credentials/credentials.ts';
export { applyDiff } from './diff/apply-diff.ts';
export { type ChangeClass, changeClasses } from './diff/change-class.ts';
export { type DiffCounts, diffSnapshots, type SnapshotDiff, type VersionChange } from './diff/diff-snapshots.ts';
export type { JsonChange } from './diff/json-diff.ts';
export type { Hunk, HunkLine } from './diff/line-diff.ts';
export type { ModuleChange } from './diff/modules-diff.ts';
export type { AddedNode, ChangedNode, NodeDiff, PropertyChange, RemovedNode } from './diff/node-diff.ts';
export { compareIntegrations, type EndpointAspect, type EndpointChange } from './diff/outside.ts';
export { type Restart, type RestartReason, restartOf } from './diff/restart/restart-set.ts';
export type { Risk, RiskCode } from './diff/risks.ts';
export type { Section } from './diff/sections.ts';
export { lockedPackages, type RuntimeVersions, type SnapshotParts } from './diff/snapshot-parts.ts';
export type { VariableChange } from './diff/variables-diff.ts';
export type { Wire } from './diff/wires.ts';
export { SnapshotError, type SnapshotErrorCode, snapshotErrorCodes } from './errors.ts';
export type { FlowForm } from './flows/flow-forms.ts';
export { defaultFlowLimits, type FlowLimits, type FlowNode } from './flows/flow-node.ts';
export { type ParsedFlows, parseFlows } from './flows/parse-flows.ts';
export { flowsBytes, flowsRevision } from './flows/revision.ts';
export {
  type ExportedSnapshot,
  type ExportFormat,
  exportFormats,
  type NodeWithCredentials,
  nodesWithCredentials,
  plainName,
} from './formats/exported-snapshot.ts';
export { chooseProjectFiles, type ProjectFileNames, readProjectFiles } from './formats/project-files.ts';
export { readFlowFile } from './formats/read-flow-file.ts';
export { readProjectArchive, readUpload } from './formats/read-upload.ts';
export type { SnapshotFiles } from './formats/snapshot-files.ts';
export { writeFlowFuse } from './formats/write-flowfuse.ts';
export { writeProject } from './formats/write-project.ts';
export { looksLikeZip, readZip } from './formats/zip/read-zip.ts';
export { writeZip } from './formats/zip/write-zip.ts';
export { defaultZipLimits, type ZipLimits } from './formats/zip/zip-limits.ts';
export {
  type Answer,
  type Direction,
  type Endpoint,
  type EndpointKind,
  type EndpointNode,
  type EndpointState,
  endpointKinds,
  type IntegrationMap,
  type Security,
} from './integrations/endpoint.ts';
export { livelier, weaker } from './integrations/found-endpoints.ts';
export { type IntegrationOptions, integrationsOf } from './integrations/integration-map.ts';
export { endpointsOf, type Talker, whatTalksTo } from './integrations/queries.ts';
export { type SplitMap, splitIntegrations } from './integrations/split-map.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { type Lock, type LockedPackage, lockDigest, parseLock } from './modules/lock.ts';
export { checkLockMatchesPackage, lockDifferences, type ModuleDifference } from './modules/lock-match.ts';
export { type BundledModule, bundledModules, type LockedModule, lockedModules } from './modules/locked-modules.ts';
export { type PackageManifest, packageBytes, parsePackage } from './modules/package-manifest.ts';
export { type Advisory, type AdvisorySeverity, advisorySeverities, parseAdvisories } from './policies/advisories.ts';
export { checkPolicies, type Finding, isBlocked, type PolicyOptions } from './policies/check-policies.ts';
export { effectivePolicy, policyOptions } from './policies/effective-policy.ts';
export { PolicyError, type PolicyErrorCode } from './policies/policy-error.ts';
export { type PolicySeverity, policySeverities } from './policies/rule.ts';
export {
  defaultPolicyLimits,
  type LintResult,
  type ModuleMetadata,
  type PolicyLimits,
  type PolicySnapshot,
} from './policies/rule-input.ts';
export { type PolicyRule, type PolicyRuleDescription, policyRules, policyRulesVersion } from './policies/rules.ts';
export { checkWaiver, type Waiver } from './policies/waivers.ts';
export { type SnapshotContent, snapshotDigest } from './snapshot-content.ts';
export { type ExtractedVariable, type Extraction, extractVariables, restoreVariables } from './variables/extraction.ts';
export { isReservedName, namesIn } from './variables/names.ts';
export { type ProposalKind, proposalKinds, proposeVariables, type ValuePlace, type VariableProposal } from './variables/proposals.ts';
export { type SecretFinding, secretsIn } from './variables/secrets.ts';
export { variablesUsed } from './variables/variables-used.ts';
