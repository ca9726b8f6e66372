export { approveRollout } from './approvals.ts';
export { getWaveBlockers, toBlocker } from './blockers.ts';
export { createRollout } from './create-rollout.ts';
export { type BlockedDevice, getDeviceBlockers } from './device-blockers.ts';
export { dueRollouts, nextRolloutTimer } from './due.ts';
export { createFreeze, getFreeze, liftFreeze, listFreezes } from './freezes.ts';
export { createHold, getHold, liftHold, listHolds } from './holds.ts';
export { listDeployments, listDeviceDeployments } from './list-deployments.ts';
export { listRollouts } from './list-rollouts.ts';
export { removeDevicesFromRollouts } from './remove-devices.ts';
export { applyDeploymentReports } from './reports.ts';
export { requestRolloutAction } from './request-action.ts';
export { getRolloutDetail } from './rollout-detail.ts';
export type { ReleaseSigner } from './run.ts';
export { previewStageRollBack, rollBackStage, type StageRollBackInput } from './stage-roll-back.ts';
export { type StepOptions, type StepOutcome, stepRollout } from './step.ts';
export type {
  AcceptedReport,
  AppliedReports,
  DeviceReports,
  NewRollout,
  RefusedReport,
  RolloutActionInput,
} from './types.ts';
