import { type TLiteral, type TUnion, Type } from 'typebox';

/** A schema that accepts exactly the given words. */
export function OneOf<const W extends readonly string[]>(words: W): TUnion<{ -readonly [K in keyof W]: TLiteral<W[K]> }> {
  return Type.Union(words.map((word) => Type.Literal(word))) as never;
}

/** The life of a rollout. The last six are terminal. */
export const rolloutStates = [
  'draft',
  'pending_approval',
  'scheduled',
  'running',
  'paused',
  'aborting',
  'succeeded',
  'completed_with_failures',
  'failed',
  'aborted',
  'superseded',
  'rejected',
] as const;
export type RolloutState = (typeof rolloutStates)[number];
export const terminalRolloutStates = [
  'succeeded',
  'completed_with_failures',
  'failed',
  'aborted',
  'superseded',
  'rejected',
] as const satisfies readonly RolloutState[];

/** The life of a wave. The last four are terminal. */
export const waveStates = [
  'pending',
  'awaiting_gate',
  'running',
  'soaking',
  'analyzing',
  'succeeded',
  'failed',
  'skipped',
  'aborted',
] as const;
export type WaveState = (typeof waveStates)[number];
export const terminalWaveStates = ['succeeded', 'failed', 'skipped', 'aborted'] as const satisfies readonly WaveState[];

/** The life of a deployment: one device within one rollout. */
export const deploymentStates = [
  'scheduled',
  'queued',
  'offered',
  'accepted',
  'downloading',
  'staged',
  'awaiting_window',
  'awaiting_consent',
  'applying',
  'verifying',
  'succeeded',
  'failed',
  'rolled_back',
  'rollback_failed',
  'rejected',
  'timed_out',
  'canceled',
  'superseded',
  'skipped',
  'removed',
] as const;
export type DeploymentState = (typeof deploymentStates)[number];
export const terminalDeploymentStates = [
  'succeeded',
  'failed',
  'rolled_back',
  'rollback_failed',
  'rejected',
  'timed_out',
  'canceled',
  'superseded',
  'skipped',
  'removed',
] as const satisfies readonly DeploymentState[];

/** States a device may report for its deployment, in the order in which they can follow each other. */
export const reportableDeploymentStates = [
  'accepted',
  'downloading',
  'staged',
  'awaiting_window',
  'applying',
  'verifying',
  'succeeded',
  'failed',
  'rolled_back',
  'rollback_failed',
  'rejected',
] as const satisfies readonly DeploymentState[];
export type ReportableDeploymentState = (typeof reportableDeploymentStates)[number];

/** Why a device's install did not end in success, in the words of AWS Greengrass. */
export const failureDetails = ['no_state_change', 'rolled_back', 'unable_to_roll_back', 'rollback_not_requested'] as const;
export type FailureDetail = (typeof failureDetails)[number];
