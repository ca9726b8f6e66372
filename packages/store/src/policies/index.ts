export { findAdvisoryFile, type NewAdvisoryFile, replaceAdvisoryFile } from './advisory-file.ts';
export { listPolicyLayers, type PolicyChange, type PolicyPlace, type StoredPolicyLayer, setPolicySettings } from './policy-settings.ts';
export { listStageNodeVersions, loadStageVariables, type StageVariable } from './stage-variables.ts';
export { createWaiver, getWaiver, listWaivers, revokeWaiver, type WaiverQuery, type WaiverScope, waiversFor } from './waivers.ts';
