import type {
  DeploymentReport,
  DeploymentState,
  ReportableDeploymentState,
  RolloutAction,
  RolloutForecast,
  RolloutPolicy,
} from '@sluice/contracts';
import type { ReportRefusalCode } from '@sluice/rollout';

/** A promotion: which release goes into which stage. `policy` replaces the stage's for this rollout only. */
export type NewRollout = {
  releaseId: string;
  stageId: string;
  policy?: RolloutPolicy;
  /** Not before. */
  startAt?: Date;
  /** The higher one keeps the devices that two rollouts want (default 0). */
  priority?: number;
  /** Why it passes freezes. */
  hotfixReason?: string;
  /** The seed of a preview, so that the devices are put into the waves that it showed. */
  planSeed?: string;
  /** What is expected of it. */
  forecast?: RolloutForecast;
  /** The promotion that starts it, and who made that: the rollout's creator, whoever it was that the last gate waited for. */
  promotion?: { id: string; creatorId: string; createdBy: string };
};

/** What a person asks of a rollout. `version`: refuse unless the rollout still has it (`If-Match`). */
export type RolloutActionInput = {
  rolloutId: string;
  action: RolloutAction;
  version?: number;
  /** The person answers for the organization, and may do without approvals (default: no). */
  isOwner?: boolean;
};

/** What one device said since the last time. */
export type DeviceReports = {
  deviceId: string;
  /** Its deployment reports, in the order of their sequence. */
  reports: readonly DeploymentReport[];
  /** Its health is now another one than before this transaction (healthy, unhealthy, unknown). */
  healthChanged?: boolean;
};

/** A report that changed nothing: with the state that the deployment has, or `unknown` when this device has no such deployment. */
export type RefusedReport = {
  deviceId: string;
  sequence: number;
  code: ReportRefusalCode | 'unknown_deployment';
  state: DeploymentState | 'unknown';
  detail: string;
};

/** A report that moved a deployment on. */
export type AcceptedReport = { deviceId: string; sequence: number; deploymentId: string; state: ReportableDeploymentState };

export type AppliedReports = {
  accepted: AcceptedReport[];
  /** Neither accepted nor refused: redeliveries. */
  refused: RefusedReport[];
  /** The rollouts that the worker should look at: enqueue `rollout.advance` for each after the commit. */
  rolloutIds: string[];
};
