/** The rollout engine: pure functions from counts and time to decisions. See README.md for the semantics. */
export {
  type AnalysisInput,
  type AnalysisVerdict,
  judgeAnalysis,
  type Measurement,
  type MetricNumbers,
  type MetricResult,
  nextMeasurementAt,
} from './analysis.ts';
export { type ApprovalGiven, countApprovals } from './approvals.ts';
export * from './decision.ts';
export {
  type DeploymentPosition,
  type DeploymentReport,
  nextDeploymentState,
  type ReportOutcome,
  type ReportRefusalCode,
  type RetryContext,
} from './deployment-report.ts';
export {
  activeDeploymentStates,
  cancellableDeploymentStates,
  type DeploymentCommand,
  deploymentCommands,
  isTerminalDeploymentState,
  isTerminalRolloutState,
  isTerminalWaveState,
  offeredDeploymentStates,
  openDeploymentStates,
} from './deployment-states.ts';
export { decide } from './engine.ts';
export type {
  AbortInput,
  EngineInput,
  FreezeInput,
  HoldInput,
  OfferableInput,
  OfferWait,
  OfflineInput,
  PauseCause,
  PauseInput,
  RolloutInput,
  WaveInput,
} from './engine-input.ts';
export { type BlockerSubject, blockersOf } from './explain.ts';
export type { DeploymentSituation, DeviceSituation } from './explain-device.ts';
export { type DeploymentCounts, type GateJudgement, type GateNumbers, gateNumbers, judgeGate } from './gate.ts';
export { stageGateProblems } from './gate-problems.ts';
export {
  answerLateSuccess,
  type DesiredThen,
  isLateSuccess,
  type LateSuccessAnswer,
  type ReleasePlace,
  sendsLateSuccessesBack,
} from './late-success.ts';
export { lateWaveOf, wavePolicyOf } from './late-wave.ts';
export { type PolicyProblem, type PolicyProblemCode, validatePolicy } from './policy-problems.ts';
export { type OffersInput, rateMinuteMs } from './rate.ts';
export { decideRequest, type RequestOutcome, type RequestRefusalCode, type RolloutRequest, rolloutRequests } from './request.ts';
export { rollbackPolicyOf } from './rollback-policy.ts';
export { type OrderedDevice, orderDevices, type PlannedWave, planWaves, randomOrderKey, waveByLabels } from './wave-plan.ts';
export { isTimeZone, offersOpen, upcomingWindows, type WindowState, windowStateOf } from './windows.ts';
